using Microsoft.Extensions.Logging;

namespace RedisBackplane.Telemetry;

/// <summary>What is logged about listeners of the application: event ids 1010 and 1011.</summary>
internal static partial class TelemetryLog
{
    [LoggerMessage(
        1010, LogLevel.Error,
        "Backplane '{AppName}': a logger or trace listener of the application threw; its line is lost there. Logged once.")]
    public static partial void LoggerFailed(ILogger logger, Exception exception, string appName);

    [LoggerMessage(
        1011, LogLevel.Error,
        "Backplane '{AppName}': a listener of the application for metrics or activities, or its IPerformanceCounterManager, threw. "
            + "Logged once.")]
    public static partial void ListenerFailed(ILogger logger, Exception exception, string appName);
}
