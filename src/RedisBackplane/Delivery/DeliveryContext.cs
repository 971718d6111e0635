using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.AspNet.SignalR.Tracing;
using Microsoft.Extensions.Logging;
using RedisBackplane.Delivery.Buffer;
using RedisBackplane.Delivery.Subscriptions;
using RedisBackplane.Wire;

namespace RedisBackplane.Delivery;

/// <summary>
/// What the delivery rooms of one bus share. Immutable; the objects that it refers to are thread-safe.
/// </summary>
/// <param name="pool">Where subscriptions work; the thread pool by default.</param>
internal sealed class DeliveryContext(
    string appName,
    IPerformanceCounterManager signalR,
    ITraceManager traceManager,
    ILogger logger,
    TimeProvider time,
    Action<Action>? pool = null)
{
    public string AppName { get; } = appName;

    public IPerformanceCounterManager SignalR { get; } = signalR;

    public DeliveryTrace Trace { get; } = new(traceManager);

    public ILogger Logger { get; } = logger;

    public TimeProvider Time { get; } = time;

    public DeliveryCounters Counters { get; } = new(signalR);

    public SubscriptionScheduler Scheduler { get; } = new(signalR, new(traceManager), pool);

    /// <summary>One hash key for all streams of the bus.</summary>
    public SipHash Hash { get; } = SipHash.Random();

    public long NowMicroseconds() => UnixTime.Microseconds(Time.GetUtcNow());
}
