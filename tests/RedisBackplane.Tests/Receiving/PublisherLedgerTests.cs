using RedisBackplane.Receiving;
using RedisBackplane.Wire;

namespace RedisBackplane.Tests.Receiving;

public sealed class PublisherLedgerTests
{
    private static readonly PublisherId A = new(1, 1);
    private static readonly PublisherId B = new(1, 2);
    private static readonly PublisherId C = new(2, 1);

    [Fact]
    public void TryAdd_SameBatchUnderAnotherId_IsRefused()
    {
        var ledger = new PublisherLedger(10);

        Assert.True(ledger.TryAdd(Frames.Header(0, 1, batch: 5, publisher: A)));
        Assert.False(ledger.TryAdd(Frames.Header(10, 1000, batch: 5, publisher: A)));
        Assert.False(ledger.TryAdd(Frames.Header(10, 1001, batch: 4, publisher: A)));
        Assert.True(ledger.TryAdd(Frames.Header(10, 1002, batch: 6, publisher: A)));
    }

    [Fact]
    public void TryAdd_NumbersWithHoles_AreTaken()
    {
        var ledger = new PublisherLedger(10);

        Assert.All(new ulong[] { 1, 2, 5, 100, 101 }, number => Assert.True(TryAdd(ledger, number)));
    }

    [Fact]
    public void TryAdd_FirstBatchesOfAPublisherWereInAGap_AreTakenWhenTheyAreSentAgain()
    {
        var ledger = new PublisherLedger(10);
        ledger.NoteGap();
        Assert.True(TryAdd(ledger, 3));

        Assert.All(new ulong[] { 1, 2 }, number => Assert.True(TryAdd(ledger, number)));
        Assert.All(new ulong[] { 1, 2, 3 }, number => Assert.False(TryAdd(ledger, number)));
    }

    [Fact]
    public void TryAdd_PublisherSeenBeforeTheGap_DoesNotCount()
    {
        var ledger = new PublisherLedger(10);
        Assert.True(TryAdd(ledger, 3));
        ledger.NoteGap();

        Assert.False(TryAdd(ledger, 2));
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
        var ledger = new PublisherLedger(10);
        Assert.All(new ulong[] { 3, 7, 9 }, number => Assert.True(TryAdd(ledger, number)));

        Assert.All(new ulong[] { 5, 4, 8, 6 }, number => Assert.True(TryAdd(ledger, number)));

        // Batch 2 was sent before this server listened.
        Assert.All(new ulong[] { 2, 3, 4, 5, 6, 7, 8, 9 }, number => Assert.False(TryAdd(ledger, number)));
    }

    [Fact]
    public void TryAdd_MoreMissedThanItRemembers_ForgetsTheOldest()
    {
        var ledger = new PublisherLedger(10);
        Assert.All(Enumerable.Range(0, 1001), i => Assert.True(TryAdd(ledger, (ulong)(2 * i))));

        Assert.False(TryAdd(ledger, 1));
        Assert.True(TryAdd(ledger, 1999));
    }

    [Fact]
    public void IsNews_Missed_IsNone()
    {
        var ledger = new PublisherLedger(10);
        Assert.All(new ulong[] { 1, 3 }, number => Assert.True(TryAdd(ledger, number)));

        Assert.False(ledger.IsNews(Frames.Header(0, 1, batch: 2, publisher: A)));
        Assert.True(ledger.IsNews(Frames.Header(0, 1, batch: 4, publisher: A)));
    }

    [Fact]
    public void TryAdd_PublishersWithTheSameNumbers_AreToldApart()
    {
        var ledger = new PublisherLedger(10);

        Assert.All(new[] { A, B, C }, publisher => Assert.True(ledger.TryAdd(Frames.Header(0, 1, batch: 1, publisher: publisher))));
        Assert.All(new[] { A, B, C }, publisher => Assert.False(ledger.TryAdd(Frames.Header(0, 1, batch: 1, publisher: publisher))));
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
        var ledger = new PublisherLedger(10);
        for (var i = 0ul; i < 1000; i++)
        {
            Assert.True(ledger.TryAdd(Frames.Header(0, 1, batch: 1, publisher: new PublisherId(i, i))));
        }

        for (var i = 990ul; i < 1000; i++)
        {
            Assert.False(ledger.TryAdd(Frames.Header(0, 1, batch: 1, publisher: new PublisherId(i, i))));
        }
    }

    private static bool TryAdd(PublisherLedger ledger, ulong number) => ledger.TryAdd(Frames.Header(0, 1, batch: number, publisher: A));
}
