using RedisBackplane.Receiving;
using RedisBackplane.Tests.Fakes;
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

        Assert.All(
            new ulong[] { 1, 2, 5, 100, 101 },
            number => Assert.True(ledger.TryAdd(Frames.Header(0, 1, batch: number, publisher: A))));
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
}
