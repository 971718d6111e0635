using System.Reflection;

namespace RedisBackplane;

/// <summary>
/// The names by which an application listens to the library: <c>AddMeter(BackplaneTelemetry.MeterName)</c> and
/// <c>AddSource(BackplaneTelemetry.ActivitySourceName)</c> with OpenTelemetry.
/// What each instrument says stands in docs/metrics.md.
/// </summary>
public static class BackplaneTelemetry
{
    /// <summary>The meter of the buses of the process.</summary>
    public const string MeterName = "RedisBackplane";

    /// <summary>
    /// The meter of SignalR's own performance counters, where <c>UseMeterPerformanceCounters</c> turned it on.
    /// </summary>
    public const string SignalRMeterName = "RedisBackplane.SignalR";

    /// <summary>The source of activities: publishes, and on every server what it received of them.</summary>
    public const string ActivitySourceName = "RedisBackplane";

    internal static readonly string Version = typeof(BackplaneTelemetry).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? string.Empty;
}
