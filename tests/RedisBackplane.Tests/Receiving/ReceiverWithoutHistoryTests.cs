namespace RedisBackplane.Tests.Receiving;

/// <summary>
/// The options ask for a history, and this server cannot read it: a right is missing, or the format has none.
/// </summary>
public sealed class ReceiverWithoutHistoryTests : ReceiverTest
{
    private const int Messages = 20;

    private protected override bool HasHistory => false;

    [Fact]
    public async Task Live_MoreThanAHistoryWouldAllowArrivesDuringTheFirstRead_IsDelivered()
    {
        await SettleAsync();

        Assert.Equal(Enumerable.Range(1, Messages).Select(id => (ulong)id), Delivered);
        Assert.Equal(0, Counters.DroppedHeld.Value);
    }

    private protected override Task<HistoryPage> ReadAsync(ulong after, HistoryPosition from)
    {
        if (after == 0 && Delivered.Count == 0)
        {
            for (ulong id = 1; id <= Messages; id++)
            {
                Subscriptions[0](Frames.Bytes(id - 1, id, padding: 1024 * 1024));
            }
        }

        return Task.FromResult(new HistoryPage(Messages, null));
    }
}
