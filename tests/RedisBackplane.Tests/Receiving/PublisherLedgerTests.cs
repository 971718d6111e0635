namespace RedisBackplane.Tests.Receiving;

public sealed class PublisherLedgerTests
{
    private static readonly PublisherId A = new(1, 1);
    private static readonly PublisherId B = new(1, 2);
    private static readonly PublisherId C = new(2, 1);

    private readonly PublisherLedger _ledger = new(10);

    [Fact]
    public void TryAdd_SameBatchUnderAnotherId_IsRefused()
    {
        Assert.True(_ledger.TryAdd(Frames.Header(0, 1, batch: 5, publisher: A)));
        Assert.False(_ledger.TryAdd(Frames.Header(10, 1000, batch: 5, publisher: A)));
        Assert.False(_ledger.TryAdd(Frames.Header(10, 1001, batch: 4, publisher: A)));
        Assert.True(_ledger.TryAdd(Frames.Header(10, 1002, batch: 6, publisher: A)));
    }

    [Fact]
    public void TryAdd_NumbersWithHoles_AreTaken()
    {
        Assert.All(new ulong[] { 1, 2, 5, 100, 101 }, number => Assert.True(TryAdd(_ledger, number)));
    }

    [Fact]
    public void TryAdd_FirstBatchesOfAPublisherWereInAGap_AreTakenWhenTheyAreSentAgain()
    {
        _ledger.NoteGap();
        Assert.True(TryAdd(_ledger, 3));

        Assert.All(new ulong[] { 1, 2 }, number => Assert.True(TryAdd(_ledger, number)));
        Assert.All(new ulong[] { 1, 2, 3 }, number => Assert.False(TryAdd(_ledger, number)));
    }

    [Fact]
    public void TryAdd_PublisherSeenBeforeTheGap_DoesNotCount()
    {
        Assert.True(TryAdd(_ledger, 3));
        _ledger.NoteGap();

        Assert.False(TryAdd(_ledger, 2));
    }

    [Fact]
    public void TryAdd_PublisherMayHaveBeenForgotten_ItsEarlierBatchesCountAsSeen()
    {
        var ledger = new PublisherLedger(1);
        ledger.NoteGap();
        Assert.True(TryAdd(ledger, 3));
        Assert.True(ledger.TryAdd(Frames.Header(0, 1, batch: 5, publisher: B)));

        Assert.True(TryAdd(ledger, 7));
        Assert.False(TryAdd(ledger, 6));
    }

    [Fact]
    public void TryAdd_MissedAndSentAgainBehindALaterOne_IsTakenOnce()
    {
        Assert.All(new ulong[] { 3, 7, 9 }, number => Assert.True(TryAdd(_ledger, number)));

        Assert.All(new ulong[] { 5, 4, 8, 6 }, number => Assert.True(TryAdd(_ledger, number)));

        // Batch 2 was sent before this server listened.
        Assert.All(new ulong[] { 2, 3, 4, 5, 6, 7, 8, 9 }, number => Assert.False(TryAdd(_ledger, number)));
    }

    [Fact]
    public void TryAdd_MoreMissedThanItRemembers_ForgetsTheOldest()
    {
        Assert.All(Enumerable.Range(0, 1001), i => Assert.True(TryAdd(_ledger, (ulong)(2 * i))));

        Assert.False(TryAdd(_ledger, 1));
        Assert.True(TryAdd(_ledger, 1999));
    }

    [Fact]
    public void IsNews_Missed_IsNone()
    {
        Assert.All(new ulong[] { 1, 3 }, number => Assert.True(TryAdd(_ledger, number)));

        Assert.False(_ledger.IsNews(Frames.Header(0, 1, batch: 2, publisher: A)));
        Assert.True(_ledger.IsNews(Frames.Header(0, 1, batch: 4, publisher: A)));
    }

    [Fact]
    public void TryAdd_PublishersWithTheSameNumbers_AreToldApart()
    {
        Assert.All(new[] { A, B, C }, publisher => Assert.True(_ledger.TryAdd(Frames.Header(0, 1, batch: 1, publisher: publisher))));
        Assert.All(new[] { A, B, C }, publisher => Assert.False(_ledger.TryAdd(Frames.Header(0, 1, batch: 1, publisher: publisher))));
    }

    [Fact]
    public void TryAdd_Full_ForgetsThePublisherThatWasHeardLongestAgo()
    {
        var ledger = new PublisherLedger(2);
        ledger.TryAdd(Frames.Header(0, 1, batch: 1, publisher: A));
        ledger.TryAdd(Frames.Header(0, 1, batch: 1, publisher: B));
        ledger.TryAdd(Frames.Header(0, 1, batch: 2, publisher: A));

        ledger.TryAdd(Frames.Header(0, 1, batch: 1, publisher: C));

        Assert.False(ledger.TryAdd(Frames.Header(0, 1, batch: 2, publisher: A)));
        Assert.False(ledger.TryAdd(Frames.Header(0, 1, batch: 1, publisher: C)));
        Assert.True(ledger.TryAdd(Frames.Header(0, 1, batch: 1, publisher: B)));
    }

    [Fact]
    public void TryAdd_AThousandPublishersInALedgerOfTen_KeepsTheLastTen()
    {
        for (var i = 0ul; i < 1000; i++)
        {
            Assert.True(_ledger.TryAdd(Frames.Header(0, 1, batch: 1, publisher: new PublisherId(i, i))));
        }

        for (var i = 990ul; i < 1000; i++)
        {
            Assert.False(_ledger.TryAdd(Frames.Header(0, 1, batch: 1, publisher: new PublisherId(i, i))));
        }
    }

    private static bool TryAdd(PublisherLedger ledger, ulong number) => ledger.TryAdd(Frames.Header(0, 1, batch: number, publisher: A));
}
