namespace RedisBackplane.Tests.Publishing;

/// <summary>Streams that share one queue.</summary>
public sealed class QueueBudgetTests
{
    private const int Streams = 64;

    [Fact]
    public void OneStreamOfMany_AllOthersEmpty_MayFillTheQueueButForWhatIsLeftToThem()
    {
        var budget = new QueueBudget(800, 1_000_000, Streams);
        using var harness = new PublisherHarness(Sharing(budget), open: false);

        var publishes = harness.PublishMany(1, 800);

        Assert.Equal(700, publishes.Count(publish => !publish.IsCompleted));
        Assert.Equal(700, budget.Messages);
        var refusal = Assert.IsType<BackplaneQueueFullException>(publishes[^1].Exception!.InnerException);
        Assert.Contains("700 messages (MaxQueueMessages 800)", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("must leave room for the others", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OneStreamOfMany_FullByBytes_LeavesRoomForTheOthers()
    {
        var budget = new QueueBudget(100_000, 80_000, 4);
        using var busy = new PublisherHarness(Sharing(budget), open: false);
        using var other = new PublisherHarness(Sharing(budget), open: false);
        while (!busy.Publish(Messages.OfSize(1000)).IsFaulted)
        {
            Assert.InRange(budget.Bytes, 0, 80_000);
        }

        Assert.InRange(budget.Bytes, 68_000, 70_000);
        Assert.False(other.Publish(Messages.OfSize(5000)).IsFaulted);
    }

    [Fact]
    public void Message_LargerThanOneStreamMayHold_IsRefusedWithTheReason()
    {
        using var harness = new PublisherHarness(Sharing(new QueueBudget(100_000, 80_000, 4)), open: false);

        var refused = harness.Publish(Messages.OfSize(75_000));

        var exception = Assert.IsType<BackplaneException>(refused.Exception!.InnerException);
        Assert.Contains("(MaxQueueBytes 80000, an eighth of it free", exception.Message, StringComparison.Ordinal);
        Assert.False(harness.Publish(Messages.OfSize(65_000)).IsFaulted);
    }

    [Fact]
    public void AllStreams_Together_NeverHoldMoreThanTheWhole()
    {
        var budget = new QueueBudget(100, 1_000_000, 4);
        PublisherHarness[] streams = [.. Enumerable.Range(0, 4).Select(_ => new PublisherHarness(Sharing(budget), open: false))];

        foreach (var stream in streams)
        {
            stream.PublishMany(1, 100);
        }

        Assert.Equal(100, budget.Messages);
        Assert.Equal(100, streams.Sum(stream => stream.Counters.QueueMessages));
        Assert.Equal(1, budget.Usage);
        Array.ForEach(streams, stream => stream.Dispose());
        Assert.Equal((0L, 0L), (budget.Messages, budget.Bytes));
    }

    [Fact]
    public void Messages_ThatAreStored_GiveTheirRoomBack()
    {
        var budget = new QueueBudget(10, 1_000_000, 1);
        using var harness = new PublisherHarness(Sharing(budget));
        for (var i = 1; i <= 50; i++)
        {
            var publish = harness.Publish(Messages.OfSize(i * 100));
            Assert.Equal((1L, harness.Counters.QueueBytes), (budget.Messages, budget.Bytes));
            harness.Sender.Last.Stored((ulong)i);
            Assert.True(publish.IsCompleted);
        }

        Assert.Equal((0L, 0L), (budget.Messages, budget.Bytes));
    }

    [Fact]
    public void DropOldest_AnotherStreamFillsTheQueue_DropsOnlyItsOwn()
    {
        var budget = new QueueBudget(10, 1_000_000, 1);
        using var full = new PublisherHarness(Sharing(budget), open: false);
        using var dropping = new PublisherHarness(Sharing(budget) with { QueuePolicy = QueuePolicy.DropOldest }, open: false);
        full.PublishMany(1, 9);
        var first = dropping.Publish("1");

        Assert.False(dropping.Publish("2").IsFaulted);

        Assert.True(first.IsFaulted);
        Assert.Equal((9L, 1L), (full.Counters.QueueMessages, dropping.Counters.QueueMessages));
    }

    [Fact]
    public void Add_MessageCannotBeWritten_GivesItsRoomBack()
    {
        var budget = new QueueBudget(10, 1_000_000, 1);
        var queue = new BatchQueue(Sharing(budget));
        Assert.True(queue.TryMakeRoomFor(100));

        Assert.ThrowsAny<Exception>(() => queue.Add(null!, 100, 0, 0));

        Assert.Equal((0, 0), (budget.Messages, budget.Bytes));
    }

    private static PublisherLimits Sharing(QueueBudget budget) =>
        PublisherHarness.Limits with { SharedQueue = budget, MaxBatchMessages = 1 };
}
