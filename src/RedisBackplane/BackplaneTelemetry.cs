using System.Reflection;

namespace RedisBackplane;

/// <summary>
/// The names of the library's meters and activity source, for OpenTelemetry:
/// <c>AddMeter(BackplaneTelemetry.MeterName)</c> and <c>AddSource(BackplaneTelemetry.ActivitySourceName)</c>.
/// docs/metrics.md explains each instrument.
/// </summary>
public static class BackplaneTelemetry
{
    /// <summary>The meter of all buses of the process.</summary>
    public const string MeterName = "RedisBackplane";

    /// <summary>
    /// The meter of SignalR's own performance counters, if <c>UseMeterPerformanceCounters</c> turned it on.
    /// </summary>
    public const string SignalRMeterName = "RedisBackplane.SignalR";

    /// <summary>The source of activities: publishes, and on every server the frames that it received.</summary>
    public const string ActivitySourceName = "RedisBackplane";

    internal static readonly string Version = typeof(BackplaneTelemetry).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? string.Empty;
}
