using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.AspNet.SignalR.Tracing;
using Microsoft.Extensions.Logging;
using RedisBackplane.Delivery.Buffer;
using RedisBackplane.Delivery.Subscriptions;
using RedisBackplane.Telemetry;
using RedisBackplane.Wire;

namespace RedisBackplane.Delivery;

/// <summary>
/// What the delivery rooms of one bus share. Immutable; the objects that it refers to are thread-safe.
/// </summary>
internal sealed class DeliveryContext
{
    private int _hasTraceFailed;

    /// <param name="pool">Runs the work of subscriptions; the thread pool by default.</param>
    public DeliveryContext(
        string appName,
        IPerformanceCounterManager signalR,
        ITraceManager traceManager,
        ILogger logger,
        TimeProvider time,
        Action<Action>? pool = null)
    {
        (AppName, SignalR, Logger, Time) = (appName, signalR, logger, time);
        Trace = new DeliveryTrace(traceManager, OnTraceFailed);
        Counters = new DeliveryCounters(signalR);
        Scheduler = new SubscriptionScheduler(signalR, Trace, pool);
    }

    public string AppName { get; }

    public IPerformanceCounterManager SignalR { get; }

    public DeliveryTrace Trace { get; }

    public ILogger Logger { get; }

    public TimeProvider Time { get; }

    public DeliveryCounters Counters { get; }

    public SubscriptionScheduler Scheduler { get; }

    /// <summary>One hash key for all streams of the bus.</summary>
    public SipHash Hash { get; } = SipHash.Random();

    public long NowMicroseconds() => UnixTime.Microseconds(Time.GetUtcNow());

    private void OnTraceFailed(Exception failure)
    {
        if (Interlocked.Exchange(ref _hasTraceFailed, 1) == 0)
        {
            TelemetryLog.LoggerFailed(Logger, failure, AppName);
        }
    }
}
