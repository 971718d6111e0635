using RedisBackplane.Receiving;
using RedisBackplane.Wire;

namespace RedisBackplane.Tests.Receiving;

/// <summary>
/// While a new subscription begins, the previous one may still deliver. Both payloads of a frame must be from one of
/// them.
/// </summary>
public sealed class SubscriptionsApartTests : IStreamSource, IFrameSink, IDisposable
{
    private readonly List<Action<byte[]>> _subscriptions = [];
    private readonly List<ulong> _delivered = [];
    private readonly ReceiveCounters _counters = new();
    private readonly StreamReceiver _receiver;

    public SubscriptionsApartTests() => _receiver = new StreamReceiver(TestStream.Context(new RecordedLogger()), this, this, _counters);

    bool IStreamSource.HasHistory => false;

    public void Dispose() => _receiver.Dispose();

    [Fact]
    public async Task Live_PayloadsOfTwoSubscriptionsInTurn_EachCompletesItsOwnFrame()
    {
        await Settle(subscriptions: 1);
        await Settle(subscriptions: 2);
        var (first, second) = (Apart(0, 1, batch: 1), Apart(1, 2, batch: 2));

        _subscriptions[0](first.Head);
        _subscriptions[1](second.Head);
        _subscriptions[0](first.Body);
        _subscriptions[1](second.Body);

        Assert.Equal([1ul, 2ul], _delivered);
        Assert.Equal(0, _counters.Malformed.Value);
    }

    Task IStreamSource.SubscribeAsync(Func<Action<byte[]>> listen, CancellationToken cancellationToken)
    {
        _subscriptions.Add(listen());
        return Task.CompletedTask;
    }

    FrameAssembly IStreamSource.CreateAssembly() => new();

    Task<HistoryPage> IStreamSource.ReadAsync(ulong after, HistoryPosition from, CancellationToken cancellationToken) =>
        Task.FromResult(default(HistoryPage));

    bool IFrameSink.IsCrowded => false;

    void IFrameSink.Append(in Frame frame) => _delivered.Add(frame.Header.FirstId);

    void IFrameSink.Start(ulong lastId)
    {
    }

    private async Task Settle(int subscriptions)
    {
        _receiver.OnConnectionChanged();
        await Eventually.BecomesTrueAsync(() => _subscriptions.Count == subscriptions && _receiver.IsSettled, "it is subscribed");
    }

    private static (byte[] Head, byte[] Body) Apart(ulong previous, ulong first, ulong batch)
    {
        var body = Frames.Bytes(previous, first, batch: batch);
        var head = body.Take(FrameLayout.HeadSize).ToArray();
        Array.Clear(body, FrameLayout.PreviousId, FrameLayout.Body - FrameLayout.PreviousId);
        return (head, body);
    }
}
