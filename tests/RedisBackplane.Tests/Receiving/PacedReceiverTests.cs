using System.Collections.Concurrent;
using Microsoft.AspNet.SignalR.Tracing;
using RedisBackplane.Tests.Delivery;

namespace RedisBackplane.Tests.Receiving;

/// <summary>Receiving and delivery together, fed faster than the subscriptions work, with a history.</summary>
public sealed class PacedReceiverTests : IStreamSource, IDisposable
{
    private const int Messages = 100_000;
    private const int PerFrame = 20;
    private const int MaxLogMessages = 2000;

    private readonly List<byte[]> _history = [];
    private readonly RecordedLogger _logger = new();
    private readonly ReceiveCounters _counters = new();
    private readonly MessageDelivery _delivery;
    private readonly StreamReceiver _receiver;
    private Action<byte[]>? _onFrame;

    public PacedReceiverTests()
    {
        var limits = new DeliveryLimits(MaxLogMessages, 16 * 1024 * 1024) { Patience = TimeSpan.FromMinutes(5) };
        var context = new DeliveryContext("Chat", new FakeCounters(), new TraceManager(), _logger, TimeProvider.System);
        _delivery = new MessageDelivery(context, 1, limits);
        _receiver = new StreamReceiver(TestStream.Context(_logger), this, _delivery.GetSink(0), _counters);
    }

    bool IStreamSource.HasHistory => true;

    public void Dispose()
    {
        _receiver.Dispose();
        _delivery.Dispose();
    }

    [Fact]
    public async Task Receive_FasterThanASubscriptionWorks_LosesNothing()
    {
        var settled = new TaskCompletionSource<object?>();
        _receiver.Settled += () => settled.TrySetResult(null);
        _receiver.OnConnectionChanged();
        await settled.Task.Bounded();
        var received = new ConcurrentQueue<ulong>();
        var client = new TestClient("client", "key");
        client.OnMessage = message =>
        {
            // The server has much to do for each.
            Thread.SpinWait(200);
            received.Enqueue(message.MappingId);
        };
        var subscription = _delivery.CreateSubscription(client, null, client.Callback, 10, null);
        client.Subscription = subscription;
        subscription.Activate();

        for (var first = 1UL; first <= Messages; first += PerFrame)
        {
            var frame = Frames.Bytes(first - 1, first, PerFrame);
            lock (_history)
            {
                _history.Add(frame);
            }

            _onFrame!(frame);
        }

        await Eventually.BecomesTrueAsync(() => received.Count == Messages, $"{received.Count} of {Messages}");
        Assert.Equal(Enumerable.Range(1, Messages).Select(id => (ulong)id), received);
        Assert.Equal(0, _delivery.Counters.Overruns.Value);
        Assert.Equal((0, 0), (_counters.Lost.Value, _counters.GapsFilled.Value));
        Assert.True(_counters.Pauses.Value > 0);
    }

    Task IStreamSource.SubscribeAsync(Func<Action<byte[]>> listen)
    {
        _onFrame = listen();
        return Task.CompletedTask;
    }

    FrameAssembly IStreamSource.CreateAssembly() => new();

    Task<HistoryPage> IStreamSource.ReadAsync(ulong after, HistoryPosition from)
    {
        lock (_history)
        {
            var frames = _history.Skip((int)after / PerFrame).Take(256).ToArray();
            return Task.FromResult(new HistoryPage((ulong)(_history.Count * PerFrame), frames));
        }
    }
}
