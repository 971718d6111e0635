using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.AspNet.SignalR.Messaging;
using Microsoft.AspNet.SignalR.Tracing;
using Microsoft.Extensions.Logging.Abstractions;
using RedisBackplane.Delivery;
using RedisBackplane.Wire;

namespace RedisBackplane.Benchmarks;

/// <summary>The delivery rooms with subscribers that take what comes, all on the thread of the benchmark.</summary>
internal sealed class DeliveryBench : IDisposable
{
    private readonly Queue<Action> _work = new();
    private ulong _nextId = 1;

    public DeliveryBench(int maxLogMessages = 262_144, bool onPool = false)
    {
        var limits = new DeliveryLimits(maxLogMessages, 64 * 1024 * 1024);
        var context = new DeliveryContext(
            "bench",
            new PerformanceCounterManager(),
            new TraceManager(),
            NullLogger.Instance,
            TimeProvider.System,
            onPool ? null : _work.Enqueue);
        Delivery = new MessageDelivery(context, 1, limits);
        Delivery.GetSink(0).Start(0);
    }

    public MessageDelivery Delivery { get; }

    public long Delivered => Delivery.Counters.DeliveredMessages.Value;

    /// <summary>
    /// Appends a frame whose bytes are given new ids: only for a frame that nobody hears, or whose messages all are
    /// taken.
    /// </summary>
    public void Append(byte[] bytes)
    {
        var frame = BenchmarkFrames.Renumber(bytes, _nextId);
        Append(frame);
    }

    public void Append(in Frame frame)
    {
        _nextId = frame.Header.LastId + 1;
        Delivery.GetSink(0).Append(frame);
    }

    public ulong NextId => _nextId;

    public void Run()
    {
        while (_work.TryDequeue(out var work))
        {
            work();
        }
    }

    public ISubscriber Subscribe(params string[] keys)
    {
        var subscriber = new BenchSubscriber(keys);
        var subscription = Delivery.CreateSubscription(subscriber, null, static (_, _) => Task.FromResult(true), 10, null);
        subscriber.Subscription = subscription;
        subscription.Activate();
        Run();
        return subscriber;
    }

    public void Dispose() => Delivery.Dispose();

    private sealed class BenchSubscriber : ISubscriber
    {
        public BenchSubscriber(string[] keys) => EventKeys = [.. keys];

        public event Action<ISubscriber, string>? EventKeyAdded
        {
            add { }
            remove { }
        }

        public event Action<ISubscriber, string>? EventKeyRemoved
        {
            add { }
            remove { }
        }

        public IList<string> EventKeys { get; }

        public Action<TextWriter>? WriteCursor { get; set; }

        public string Identity { get; } = Guid.NewGuid().ToString();

        public Subscription Subscription { get; set; } = null!;
    }
}
