using RedisBackplane.Receiving;
using RedisBackplane.Wire;

namespace RedisBackplane.Tests.Receiving;

/// <summary>
/// A farm with keys receives frames without a signature, or with a wrong one, on the channel and in the history.
/// </summary>
public sealed class UnauthenticatedFramesTests : IStreamSource, IFrameSink, IDisposable
{
    private readonly FrameAuthenticator _farm = Authenticator(1);
    private readonly SortedDictionary<ulong, byte[]> _history = [];
    private readonly List<ulong> _delivered = [];
    private readonly List<(ulong After, ulong UpTo)> _lost = [];
    private readonly ReceiveCounters _counters = new();
    private readonly RecordedLogger _logger = new();
    private readonly StreamReceiver _receiver;
    private Action<byte[]> _onFrame = _ => { };
    private ulong _counter;

    public UnauthenticatedFramesTests()
    {
        _receiver = new StreamReceiver(TestStream.Context(_logger, authenticator: _farm), this, this, _counters);
        _receiver.Lost += (after, upTo) => _lost.Add((after, upTo));
    }

    bool IStreamSource.HasHistory => true;

    public void Dispose() => _receiver.Dispose();

    [Fact]
    public async Task Live_FramesThatAreNotAuthentic_AreCountedToldOnceAndDropped()
    {
        await Begin(10);

        _onFrame(Frames.Bytes(10, 11));
        _onFrame(Signed(10, 11, Authenticator(2)));
        _onFrame(Frames.Bytes(10, 1_000_000));
        Publish(10, 11, _farm);
        await Delivered(11);

        Assert.Equal([11ul], _delivered);
        Assert.Equal((3L, 0L), (_counters.Unauthenticated.Value, _counters.Malformed.Value));
        Assert.Contains("carries no authentication tag", Assert.Single(_logger.Of(3020)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task History_FramesThatAreNotAuthentic_AreDroppedAndNothingIsReportedLost()
    {
        await Begin(10);

        // They took ids: the script wrote them, or a user who has the right to the keys.
        Publish(10, 11, Authenticator(2));
        Publish(11, 12, null);
        Publish(12, 13, _farm);
        await Delivered(13);
        Publish(13, 14, _farm);
        await Delivered(14);

        Assert.Equal([13ul, 14ul], _delivered);
        Assert.Empty(_lost);
        Assert.Equal(0, _counters.Lost.Value);
        Assert.Equal(4, _counters.Unauthenticated.Value);
    }

    [Fact]
    public async Task History_EndsWithFramesThatAreNotAuthentic_IsAccountedFor()
    {
        await Begin(10);
        Publish(10, 11, Authenticator(2));
        Publish(11, 12, null);

        _receiver.Settle(afterSilence: true);
        await Eventually.BecomesTrueAsync(() => _receiver.AccountedUpTo == 12, "nothing is missing up to 12");

        Assert.Equal(10ul, _receiver.LastId);
        Assert.Empty(_lost);
    }

    Task IStreamSource.SubscribeAsync(Func<Action<byte[]>> listen, CancellationToken cancellationToken)
    {
        _onFrame = listen();
        return Task.CompletedTask;
    }

    FrameAssembly IStreamSource.CreateAssembly() => new();

    Task<HistoryPage> IStreamSource.ReadAsync(ulong after, HistoryPosition from, CancellationToken cancellationToken)
    {
        var page = _history.Where(entry => entry.Key > Math.Max(after, from.Value)).Take(2).ToArray();
        var next = HistoryPosition.Continue(page.Length == 0 ? from.Value : page[page.Length - 1].Key);
        return Task.FromResult(new HistoryPage(_counter, [.. page.Select(entry => entry.Value)]) { Next = next });
    }

    bool IFrameSink.IsCrowded => false;

    void IFrameSink.Append(in Frame frame) => _delivered.Add(frame.Header.FirstId);

    void IFrameSink.Start(ulong lastId)
    {
    }

    private async Task Begin(ulong counter)
    {
        _counter = counter;
        var settled = new TaskCompletionSource<object?>();
        _receiver.Settled += () => settled.TrySetResult(null);
        _receiver.OnConnectionChanged();
        await settled.Task.Bounded();
    }

    private async Task Delivered(ulong id)
    {
        await Eventually.BecomesTrueAsync(() => _receiver.LastId == id && _receiver.IsSettled, $"{id} is delivered");
    }

    private void Publish(ulong previous, ulong first, FrameAuthenticator? authenticator)
    {
        var bytes = Signed(previous, first, authenticator);
        _history.Add(first, (byte[])bytes.Clone());
        _counter = first;
        _onFrame(bytes);
    }

    private static FrameAuthenticator Authenticator(byte seed) =>
        FrameAuthenticator.Create([[.. Enumerable.Range(0, 32).Select(i => (byte)(i * seed))]], false, "Chat", 0, 0)!;

    private static byte[] Signed(ulong previous, ulong first, FrameAuthenticator? authenticator)
    {
        var writer = new FrameWriter();
        writer.Append(Messages.Create());
        writer.Complete(Frames.Publisher, first, 1);
        authenticator?.Sign(writer);
        return writer.ToFrame(previous, first);
    }
}
