using Microsoft.AspNet.SignalR.Infrastructure;
using RedisBackplane;
using RedisBackplane.SignalRMetrics;

namespace Microsoft.AspNet.SignalR;

/// <summary>SignalR's performance counters without Windows.</summary>
public static class MeterPerformanceCountersExtensions
{
    /// <summary>
    /// Keeps SignalR's performance counters on the meter <see cref="BackplaneTelemetry.SignalRMeterName"/> of
    /// <c>System.Diagnostics.Metrics</c>, on any system: connections by transport, messages, errors. Windows
    /// performance counters are no longer written. Call it before <c>UseRedis</c> and before the first hub or
    /// connection is mapped; <c>AddClassicSignalR</c> calls it on ASP.NET Core.
    /// </summary>
    /// <param name="resolver">SignalR's resolver, such as <c>GlobalHost.DependencyResolver</c>.</param>
    /// <returns>The resolver, for chaining.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="resolver"/> is null.</exception>
    public static IDependencyResolver UseMeterPerformanceCounters(this IDependencyResolver resolver)
    {
        _ = resolver ?? throw new ArgumentNullException(nameof(resolver));
        var counters = new Lazy<SignalRCounters>(() => new SignalRCounters());
        resolver.Register(typeof(IPerformanceCounterManager), () => counters.Value);
        return resolver;
    }
}
