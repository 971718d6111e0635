namespace RedisBackplane.Tests.Receiving;

/// <summary>A farm under so much load that a reader of the history never finds its end.</summary>
public sealed class EndlessHistoryTests : ReceiverTest
{
    private const int FramesPerPage = 10;

    private ulong _lastId = 1000;
    private bool _isStopped;

    public override void Dispose()
    {
        Volatile.Write(ref _isStopped, true);
        base.Dispose();
    }

    [Fact]
    public async Task CatchUp_MoreCameWithEveryPage_IsLiveAsSoonAsTheChannelFollowsThePage()
    {
        await SettleAsync();

        Assert.Equal(Delivered.Distinct().OrderBy(id => id), Delivered);
        Assert.Equal(0, Counters.Lost.Value);
        Assert.InRange(Delivered.Count, 2, 5 * FramesPerPage);
    }

    private protected override async Task<HistoryPage> ReadAsync(ulong after, HistoryPosition from)
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
                Subscriptions[0](frame);
            }
        }

        return new HistoryPage(_lastId, [.. page]);
    }
}
