namespace RedisBackplane.Tests.Publishing;

/// <summary>Batches that are sent again after a memory loss go fast, and take no room from new ones.</summary>
public sealed class PublisherReplayTests
{
    private static readonly PublisherLimits Small = PublisherHarness.Limits with { MaxQueueMessages = 10 };

    [Fact]
    public void Replay_OfManySmallBatches_GoesWithoutWaitingForAnswers()
    {
        using var harness = Forgetful(PublisherHarness.Limits, batches: 50);

        var calls = harness.Sender.Unanswered;

        Assert.Equal(Enumerable.Range(1, 50).Select(number => (ulong)number), calls.Select(call => call.Number));
        Assert.All(calls, call => Assert.Equal(1ul, call.Request.Oldest));
    }

    [Fact]
    public void Replay_UnderWay_HoldsBackWhatIsNewer()
    {
        using var harness = Forgetful(PublisherHarness.Limits, batches: 50);

        var newer = harness.Publish("newer");
        Assert.Equal(50, harness.Sender.Unanswered.Count);
        harness.Sender.Unanswered.ForEach(call => call.Stored(call.Number));
        harness.Sender.Unanswered.ForEach(call => call.Stored(call.Number));
        var last = harness.Calls.Skip(harness.Calls.Count - 2).Select(call => Assert.Single(call.Values));
        Assert.Equal(["found out", "newer"], last);
        Assert.True(newer.IsCompleted);
        harness.AssertIdle();
    }

    [Fact]
    public void Replay_OfMoreThanTheQueueHolds_RefusesNoPublish()
    {
        using var harness = Forgetful(Small, batches: 40);

        // One call has found out that Redis lost its memory, and waits.
        var publishes = harness.PublishMany(1, 9);

        Assert.All(publishes, publish => Assert.False(publish.IsCompleted));
        Assert.Equal(10, harness.Counters.QueueMessages);
        Assert.True(harness.Publish("one too many").IsFaulted);
    }

    [Fact]
    public void Replay_Settled_LeavesTheQueueToWhatIsNew()
    {
        using var harness = Forgetful(Small, batches: 40);

        harness.Sender.Unanswered.ForEach(call => call.Stored(call.Number));
        Assert.Equal(1, harness.Counters.QueueMessages);
        harness.Sender.Last.Stored(1000);
        harness.AssertIdle();
    }

    [Fact]
    public void Replay_OfMoreThanIsKept_SaysWhatIsLost()
    {
        using var harness = Forgetful(PublisherHarness.Limits with { RepublishMaxBytes = 10_000 }, batches: 30, Messages.OfSize(1_000));

        var again = harness.Sender.Unanswered.Count;

        Assert.InRange(again, 5, 10);
        Assert.Contains($"{30 - again} messages", Assert.Single(harness.Logger.Of(2008)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Replay_NoBatchFitsIntoWhatIsKept_SaysThatAllAreLost()
    {
        using var harness = Forgetful(PublisherHarness.Limits with { RepublishMaxBytes = 500 }, batches: 30, Messages.OfSize(1_000));

        Assert.Equal(31ul, Assert.Single(harness.Sender.Unanswered).Number);
        Assert.Contains("lost 30 messages", Assert.Single(harness.Logger.Of(2008)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Replay_OfAllThatIsRecent_SaysNothingOfWhatWasTooOldToKeep()
    {
        using var harness = Forgetful(PublisherHarness.Limits, batches: 30);

        Assert.Empty(harness.Logger.Of(2008));
    }

    [Fact]
    public void Replay_OfLargeBatches_HasNoMoreBytesUnderWayThanOrdinaryCalls()
    {
        var limits = PublisherHarness.Limits with { MaxBatchBytes = 10_000, MaxCallsInFlight = 2 };
        using var harness = Forgetful(limits, batches: 30, Messages.OfSize(3_000));

        while (harness.Sender.Unanswered is { Count: > 0 } calls && calls[0].Number <= 30)
        {
            var bytes = calls.Sum(call => call.Bytes.Length);
            Assert.InRange(bytes, 1, 20_000);
            Assert.True(bytes > 16_000 || calls[^1].Number >= 30, $"only {bytes} bytes are under way");
            calls[0].Stored(calls[0].Number);
        }

        Assert.Equal(31ul, harness.Sender.Last.Number);
    }

    [Fact]
    public void Replay_OfABatchLargerThanAllThat_GoesAlone()
    {
        var limits = PublisherHarness.Limits with { MaxBatchBytes = 1_000, MaxCallsInFlight = 1 };
        using var harness = Forgetful(limits, batches: 3, Messages.OfSize(3_000));

        Assert.Equal(1ul, Assert.Single(harness.Sender.Unanswered).Number);
        harness.Sender.Last.Stored(1);
        Assert.Equal(2ul, Assert.Single(harness.Sender.Unanswered).Number);
    }

    [Fact]
    public void Replay_ACallFailsInTheMiddle_SendsTheRestAgainWhenAllHaveEnded()
    {
        using var harness = Forgetful(PublisherHarness.Limits, batches: 50);
        var calls = harness.Sender.Unanswered;

        calls.GetRange(0, 20).ForEach(call => call.Stored(call.Number));
        calls[20].Fail();
        harness.PassRetry();
        Assert.Equal(29, harness.Sender.Unanswered.Count);
        calls.GetRange(21, 29).ForEach(call => call.Reply(BatchOutcome.OutOfTurn, 20));
        Assert.Empty(harness.Sender.Unanswered);
        harness.PassRetry();

        var again = harness.Sender.Unanswered;
        Assert.Equal(Enumerable.Range(21, 30).Select(number => (ulong)number), again.Select(call => call.Number));
        Assert.All(again, call => Assert.Equal((21ul, 20ul), (call.Request.Oldest, call.Request.Claim)));
    }

    [Fact]
    public void Replay_RedisForgetsInTheMiddle_BeginsAnew()
    {
        using var harness = Forgetful(PublisherHarness.Limits, batches: 50);
        var calls = harness.Sender.Unanswered;

        calls.GetRange(0, 20).ForEach(call => call.Stored(call.Number));
        // They claimed nothing when they were issued, but were out of turn.
        calls.GetRange(20, 30).ForEach(call => call.Reply(BatchOutcome.OutOfTurn));
        harness.PassRetry();
        Assert.All(harness.Sender.Unanswered, call => Assert.Equal(20ul, call.Request.Claim));
        harness.Sender.Unanswered.ForEach(call => call.Reply(BatchOutcome.Forgotten));
        harness.PassRetry();
        Assert.Equal(Enumerable.Range(1, 50).Select(number => (ulong)number), harness.UnansweredNumbers);
    }

    [Fact]
    public void Replay_WhileThePublisherIsDisposed_EndsEverything()
    {
        var harness = Forgetful(PublisherHarness.Limits with { MaxBatchBytes = 1_000, MaxCallsInFlight = 1 }, batches: 50);
        var newer = harness.Publish("newer");

        harness.Dispose();
        harness.Sender.Unanswered.ForEach(call => call.Fail());
        Assert.True(newer.IsFaulted);
        harness.AssertIdle();
    }

    // Every batch is stored separately, and Redis has lost all of them when one more is sent.
    private static PublisherHarness Forgetful(PublisherLimits limits, int batches, Message? message = null)
    {
        var harness = new PublisherHarness(limits);
        harness.Store(Enumerable.Repeat(message ?? Messages.Create("m"), batches));
        harness.Publish("found out");
        harness.Forget();
        return harness;
    }
}
