using RedisBackplane.Receiving;
using RedisBackplane.Wire;

namespace RedisBackplane.Tests.Receiving;

/// <summary>Somebody else wrote into the history.</summary>
public sealed class ForeignHistoryTests : IStreamSource, IFrameSink
{
    private readonly SortedDictionary<ulong, byte[]> _history = [];
    private readonly List<ulong> _delivered = [];

    bool IStreamSource.HasHistory => true;

    [Theory]
    [InlineData(20ul)]
    [InlineData(5ul, 11ul, 12ul, 20ul)]
    public async Task Settle_EntriesThatAreNoFrames_ArePassedOver(params ulong[] foreign)
    {
        _history.Add(10, Frames.Bytes(9, 10));
        _history.Add(15, Frames.Bytes(10, 15));
        foreach (var id in foreign)
        {
            _history.Add(id, "not a frame"u8.ToArray());
        }

        using var receiver = new StreamReceiver(TestStream.Context(), this, this, new ReceiveCounters());
        var settled = new TaskCompletionSource<object?>();
        receiver.Settled += () => settled.TrySetResult(null);

        receiver.OnConnectionChanged();
        await settled.Task.Bounded();

        Assert.Equal([10, 15], _delivered);
    }

    Task IStreamSource.SubscribeAsync(Func<Action<byte[]>> listen, CancellationToken cancellationToken) => Task.CompletedTask;

    FrameAssembly IStreamSource.CreateAssembly() => new();

    // One entry in each page, which is the worst that a foreign history can do.
    Task<HistoryPage> IStreamSource.ReadAsync(ulong after, HistoryPosition from, CancellationToken cancellationToken)
    {
        var next = _history.FirstOrDefault(entry => entry.Key > (from.IsContinued ? from.Value : after));
        return Task.FromResult(new HistoryPage(20, next.Value is null ? [] : [next.Value]) { Next = HistoryPosition.Continue(next.Key) });
    }

    bool IFrameSink.IsCrowded => false;

    void IFrameSink.Append(in Frame frame) => _delivered.Add(frame.Header.FirstId);

    void IFrameSink.Start(ulong lastId)
    {
    }
}
