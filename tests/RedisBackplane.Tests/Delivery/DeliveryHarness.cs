using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.AspNet.SignalR.Tracing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using ISubscriber = Microsoft.AspNet.SignalR.Messaging.ISubscriber;

namespace RedisBackplane.Tests.Delivery;

/// <summary>
/// The delivery rooms on one thread: work runs when the test says so. It subscribes as SignalR's
/// <see cref="MessageBus"/> does, without that bus's own threads.
/// </summary>
internal sealed class DeliveryHarness : IDisposable
{
    private readonly Topic _topic = new(32, TimeSpan.FromMinutes(1));

    public DeliveryHarness(
        DeliveryLimits? limits = null,
        int streams = 1,
        bool start = true,
        ILogger? logger = null,
        ulong lastId = 0,
        ITraceManager? traces = null)
    {
        // A test runner's context would send continuations to threads of its own.
        SynchronizationContext.SetSynchronizationContext(null);
        var context = new DeliveryContext(
            "test", SignalRCounters, traces ?? new TraceManager(), logger ?? NullLogger.Instance, Time, Pool.Queue);
        Delivery = new MessageDelivery(context, streams, limits ?? DefaultLimits);
        for (var i = 0; start && i < streams; i++)
        {
            Delivery.GetSink(i).Start(lastId);
        }
    }

    public static DeliveryLimits DefaultLimits { get; } = new(100_000, 16 * 1024 * 1024);

    public MessageDelivery Delivery { get; }

    public ManualPool Pool { get; } = new();

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public IPerformanceCounterManager SignalRCounters { get; } = new FakeCounters();

    public DeliveryCounters Counters => Delivery.Counters;

    public void Append(Frame frame, int stream = 0) => Delivery.GetSink(stream).Append(frame);

    public void AppendAndRun(Frame frame, int stream = 0)
    {
        Append(frame, stream);
        Pool.RunAll();
    }

    /// <summary>Appends a frame for each id, all to one key.</summary>
    public void AppendEach(ulong first, ulong last, string key, int stream = 0)
    {
        for (var id = first; id <= last; id++)
        {
            Append(TestFrames.WithKeys(id, key), stream);
        }
    }

    public TestClient Connect(string? cursor, params string[] keys)
    {
        var client = new TestClient("client", keys);
        Subscribe(client, cursor);
        Pool.RunAll();
        return client;
    }

    public void Subscribe(TestClient client, string? cursor, int maxMessages = 10)
    {
        var subscription = Delivery.CreateSubscription(client, cursor, client.Callback, maxMessages, null);
        client.Subscription = subscription;
        foreach (var key in client.EventKeys)
        {
            subscription.SetEventTopic(key, _topic);
        }

        client.EventKeyAdded += AddEvent;
        client.EventKeyRemoved += RemoveEvent;
        client.WriteCursor = subscription.WriteCursor;
        subscription.Activate();
    }

    /// <summary>Ends a subscription as SignalR's bus does, the terminal message included.</summary>
    /// <returns>The cursor that a long polling client would be left with.</returns>
    public string? Unsubscribe(TestClient client)
    {
        client.Subscription.Dispose();
        client.Subscription.Invoke(MessageResult.TerminalMessage).Wait();
        var cursor = client.ReadCursor();
        client.EventKeyAdded -= AddEvent;
        client.EventKeyRemoved -= RemoveEvent;
        foreach (var key in client.EventKeys.ToArray())
        {
            client.Subscription.RemoveEvent(key);
            if (!client.EventKeys.IsReadOnly)
            {
                client.EventKeys.Add(key);
            }
        }

        client.WriteCursor = null;
        return cursor;
    }

    public void Dispose() => Delivery.Dispose();

    private void AddEvent(ISubscriber subscriber, string key) => subscriber.Subscription.AddEvent(key, _topic);

    private static void RemoveEvent(ISubscriber subscriber, string key) => subscriber.Subscription.RemoveEvent(key);
}
