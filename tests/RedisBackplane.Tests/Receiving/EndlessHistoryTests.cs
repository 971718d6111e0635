using RedisBackplane.Receiving;
using RedisBackplane.Wire;

namespace RedisBackplane.Tests.Receiving;

/// <summary>A farm under so much load that a reader of the history never finds its end.</summary>
public sealed class EndlessHistoryTests : IStreamSource, IFrameSink, IDisposable
{
    private const int FramesPerPage = 10;

    private readonly ReceiveCounters _counters = new();
    private readonly StreamReceiver _receiver;
    private readonly List<ulong> _delivered = [];
    private ulong _lastId = 1000;
    private Action<byte[]>? _onFrame;
    private bool _isStopped;

    public EndlessHistoryTests() =>
        _receiver = new StreamReceiver(TestStream.Context(new RecordedLogger()), this, this, _counters);

    bool IStreamSource.HasHistory => true;

    bool IFrameSink.IsCrowded => false;

    public void Dispose()
    {
        Volatile.Write(ref _isStopped, true);
        _receiver.Dispose();
    }

    [Fact]
    public async Task CatchUp_MoreCameWithEveryPage_IsLiveAsSoonAsTheChannelFollowsThePage()
    {
        var settled = new TaskCompletionSource<object?>();
        _receiver.Settled += () => settled.TrySetResult(null);

        _receiver.OnConnectionChanged();
        await settled.Task.Bounded();

        Assert.Equal(_delivered.Distinct().OrderBy(id => id), _delivered);
        Assert.Equal(0, _counters.Lost.Value);
        Assert.InRange(_delivered.Count, 2, 5 * FramesPerPage);
    }

    Task IStreamSource.SubscribeAsync(Func<Action<byte[]>> listen, CancellationToken cancellationToken)
    {
        _onFrame ??= listen();
        return Task.CompletedTask;
    }

    FrameAssembly IStreamSource.CreateAssembly() => new();

    async Task<HistoryPage> IStreamSource.ReadAsync(ulong after, HistoryPosition from, CancellationToken cancellationToken)
    {
        // As long as anything reads, more is published, and arrives on the channel too.
        await Task.Yield();
        if (Volatile.Read(ref _isStopped))
        {
            return default;
        }

        var page = new List<byte[]>();
        var first = after == 0 ? _lastId : after;
        var last = _lastId + FramesPerPage;
        for (var id = first + 1; id <= last; id++)
        {
            var frame = Frames.Bytes(id - 1, id, 1);
            page.Add(frame);
            if (id > _lastId)
            {
                _lastId = id;
                _onFrame!(frame);
            }
        }

        return new HistoryPage(_lastId, [.. page]);
    }

    void IFrameSink.Append(in Frame frame) => _delivered.Add(frame.Header.LastId);

    void IFrameSink.Start(ulong lastId)
    {
    }
}
