namespace RedisBackplane.Tests.Receiving;

/// <summary>Somebody else wrote into the history.</summary>
public sealed class ForeignHistoryTests : ReceiverTest
{
    private readonly SortedDictionary<ulong, byte[]> _history = [];

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

        await SettleAsync();

        Assert.Equal([10, 15], Delivered);
    }

    // One entry in each page, which is the worst that a foreign history can do.
    private protected override Task<HistoryPage> ReadAsync(ulong after, HistoryPosition from)
    {
        var next = _history.FirstOrDefault(entry => entry.Key > (from.IsContinued ? from.Value : after));
        return Task.FromResult(new HistoryPage(20, next.Value is null ? [] : [next.Value]) { Next = HistoryPosition.Continue(next.Key) });
    }
}
