namespace RedisBackplane.Tests.Receiving;

/// <summary>A farm with keys receives unsigned and wrongly signed frames, on the channel and in the history.</summary>
public sealed class UnauthenticatedFramesTests : ReceiverTest
{
    private static readonly FrameAuthenticator Farm = Authenticator(1);

    private readonly SortedDictionary<ulong, byte[]> _history = [];
    private readonly List<(ulong After, ulong UpTo)> _lost = [];
    private ulong _counter;

    public UnauthenticatedFramesTests()
        : base(authenticator: Farm) => Receiver.Lost += (after, upTo) => _lost.Add((after, upTo));

    [Fact]
    public async Task Live_FramesThatAreNotAuthentic_AreCountedToldOnceAndDropped()
    {
        await Begin(10);

        Subscriptions[0](Frames.Bytes(10, 11));
        Subscriptions[0](Signed(10, 11, Authenticator(2)));
        Subscriptions[0](Frames.Bytes(10, 1_000_000));
        Publish(10, 11, Farm);
        await Arrived(11);

        Assert.Equal([11ul], Delivered);
        Assert.Equal((3L, 0L), (Counters.Unauthenticated.Value, Counters.Malformed.Value));
        Assert.Contains("carries no authentication tag", Assert.Single(Logger.Of(3020)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task History_FramesThatAreNotAuthentic_AreDroppedAndNothingIsReportedLost()
    {
        await Begin(10);

        // They took ids: the script wrote them, or a user who has the right to the keys.
        Publish(10, 11, Authenticator(2));
        Publish(11, 12, null);
        Publish(12, 13, Farm);
        await Arrived(13);
        Publish(13, 14, Farm);
        await Arrived(14);

        Assert.Equal([13ul, 14ul], Delivered);
        Assert.Empty(_lost);
        Assert.Equal(0, Counters.Lost.Value);
        Assert.Equal(4, Counters.Unauthenticated.Value);
    }

    [Fact]
    public async Task History_EndsWithFramesThatAreNotAuthentic_IsAccountedFor()
    {
        await Begin(10);
        Publish(10, 11, Authenticator(2));
        Publish(11, 12, null);

        Receiver.Settle(afterSilence: true);
        await Eventually.BecomesTrueAsync(() => Receiver.AccountedUpTo == 12, "nothing is missing up to 12");

        Assert.Equal(10ul, Receiver.LastId);
        Assert.Empty(_lost);
    }

    private protected override Task<HistoryPage> ReadAsync(ulong after, HistoryPosition from)
    {
        var page = _history.Where(entry => entry.Key > Math.Max(after, from.Value)).Take(2).ToArray();
        var next = HistoryPosition.Continue(page.Length == 0 ? from.Value : page[page.Length - 1].Key);
        return Task.FromResult(new HistoryPage(_counter, [.. page.Select(entry => entry.Value)]) { Next = next });
    }

    private Task Begin(ulong counter)
    {
        _counter = counter;
        return SettleAsync();
    }

    private Task Arrived(ulong id) =>
        Eventually.BecomesTrueAsync(() => Receiver.LastId == id && Receiver.IsSettled, $"{id} is delivered");

    private void Publish(ulong previous, ulong first, FrameAuthenticator? authenticator)
    {
        var bytes = Signed(previous, first, authenticator);
        _history.Add(first, (byte[])bytes.Clone());
        _counter = first;
        Subscriptions[0](bytes);
    }

    private static FrameAuthenticator Authenticator(byte seed) =>
        FrameAuthenticator.Create([[.. Enumerable.Range(0, 32).Select(i => (byte)(i * seed))]], false, "Chat", 0, 0)!;

    private static byte[] Signed(ulong previous, ulong first, FrameAuthenticator? authenticator)
    {
        var writer = Frames.Write(Messages.Create());
        writer.Complete(Frames.Publisher, first, 1);
        authenticator?.Sign(writer);
        return writer.ToFrame(previous, first);
    }
}
