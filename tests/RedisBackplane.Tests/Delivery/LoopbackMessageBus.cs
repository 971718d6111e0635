using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.AspNet.SignalR.Tracing;
using Microsoft.Extensions.Logging.Abstractions;
using ISubscriber = Microsoft.AspNet.SignalR.Messaging.ISubscriber;

namespace RedisBackplane.Tests.Delivery;

/// <summary>SignalR's own bus over the delivery rooms. What it publishes comes straight back.</summary>
internal sealed class LoopbackMessageBus : ScaleoutMessageBus
{
    private readonly object _gate = new();
    private ulong _nextId = 1;

    public LoopbackMessageBus(DeliveryLimits? limits = null)
        : this(NewResolver(), limits)
    {
    }

    private LoopbackMessageBus(DefaultDependencyResolver resolver, DeliveryLimits? limits)
        : base(resolver, new ScaleoutConfiguration())
    {
        Resolver = resolver;
        var context = new DeliveryContext(
            "test", Counters, resolver.Resolve<ITraceManager>(), NullLogger.Instance, TimeProvider.System);
        Delivery = new MessageDelivery(context, 1, limits ?? DeliveryHarness.DefaultLimits);
        Delivery.GetSink(0).Start(0);
    }

    public DefaultDependencyResolver Resolver { get; }

    public MessageDelivery Delivery { get; }

    public IPerformanceCounterManager SignalRCounters => Counters;

    public int TopicCount => Topics.Count;

    public override Task Publish(Message message)
    {
        lock (_gate)
        {
            Delivery.GetSink(0).Append(TestFrames.Create(_nextId++, message));
        }

        return Task.CompletedTask;
    }

    public void Append(in Frame frame) => Delivery.GetSink(0).Append(frame);

    public override IDisposable Subscribe(
        ISubscriber subscriber, string? cursor, Func<MessageResult, object, Task<bool>> callback, int maxMessages, object? state) =>
        Delivery.Subscribe(subscriber, cursor, callback, maxMessages, state);

    public IDisposable Subscribe(TestClient client, string? cursor, int maxMessages = 10) =>
        Subscribe(client, cursor, client.Callback, maxMessages, null);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Delivery.Dispose();
        }

        base.Dispose(disposing);
        Resolver.Dispose();
    }

    private static DefaultDependencyResolver NewResolver()
    {
        var resolver = new DefaultDependencyResolver();
        var counters = new FakeCounters();
        resolver.Register(typeof(IPerformanceCounterManager), () => counters);
        return resolver;
    }
}
