using Microsoft.Extensions.Logging;

namespace RedisBackplane.Telemetry;

/// <summary>What is logged about listeners of the application: event ids 1010 and 1011.</summary>
internal static partial class TelemetryLog
{
    [LoggerMessage(
        1010, LogLevel.Error,
        "Backplane '{AppName}': a logger or trace listener of the application's threw; what it was to write is lost. Told once.")]
    public static partial void LoggerFailed(ILogger logger, Exception exception, string appName);

    [LoggerMessage(
        1011, LogLevel.Error,
        "Backplane '{AppName}': a listener of the application's for metrics or activities threw. Told once.")]
    public static partial void ListenerFailed(ILogger logger, Exception exception, string appName);
}
