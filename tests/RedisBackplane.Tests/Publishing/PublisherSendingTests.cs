namespace RedisBackplane.Tests.Publishing;

public sealed class PublisherSendingTests : PublisherTest
{
    [Fact]
    public void Publish_Idle_SendsAtOnceOnTheCallingThread()
    {
        var publish = Harness.Publish("a");

        var call = Assert.Single(Harness.Calls);
        Assert.Equal(["a"], call.Values);
        Assert.Equal(Environment.CurrentManagedThreadId, call.ThreadId);
        Assert.False(publish.IsCompleted);
    }

    [Fact]
    public void Publish_Stored_CompletesTheTask()
    {
        var publish = Harness.Publish("a");

        Harness.Sender.Last.Stored();

        Assert.Equal(TaskStatus.RanToCompletion, publish.Status);
        Harness.AssertIdle();
    }

    [Fact]
    public void Publish_WhileACallIsInFlight_GoesTogetherWithTheNext()
    {
        var limits = PublisherHarness.Limits with { MaxCallsInFlight = 1 };
        using var harness = new PublisherHarness(limits);
        var first = harness.Publish("0");

        var rest = harness.PublishMany(1, 5);
        Assert.Single(harness.Calls);
        harness.Sender.Last.Stored();

        Assert.Equal(2, harness.Calls.Count);
        Assert.Equal(["1", "2", "3", "4", "5"], harness.Sender.Last.Values);
        Assert.True(first.IsCompleted);
        Assert.All(rest, publish => Assert.False(publish.IsCompleted));
        harness.Sender.Last.Stored(2);
        Assert.All(rest, publish => Assert.Equal(TaskStatus.RanToCompletion, publish.Status));
        harness.AssertIdle();
    }

    [Fact]
    public void Publish_FewWhileManyAreInFlight_WaitForMore()
    {
        using var harness = new PublisherHarness(open: false);
        harness.PublishMany(1, 40);
        harness.Publisher.Open();
        Assert.Equal(40, Assert.Single(harness.Calls).Values.Count);

        // An additional call needs as many messages as are in flight.
        harness.PublishMany(41, 79);
        Assert.Single(harness.Calls);
        harness.Publish("80");

        Assert.Equal(2, harness.Calls.Count);
        Assert.Equal(40, harness.Sender.Last.Values.Count);
    }

    [Fact]
    public void Publish_MoreThanABatchHolds_GoesInSeveralOfTheGreatestCount()
    {
        var limits = PublisherHarness.Limits with { MaxBatchMessages = 3, MaxCallsInFlight = 2 };
        using var harness = new PublisherHarness(limits, open: false);

        harness.PublishMany(1, 10);
        harness.Publisher.Open();

        Assert.Equal([["1", "2", "3"], ["4", "5", "6"]], harness.Calls.Select(call => call.Values.ToArray()));
        harness.Calls[0].Stored(1);
        Assert.Equal(["7", "8", "9"], harness.Sender.Last.Values);
        harness.Calls[1].Stored(4);
        harness.Calls[2].Stored(7);
        Assert.Equal(["10"], harness.Sender.Last.Values);
    }

    [Fact]
    public void Publish_CallsInFlight_AreNeverMoreThanTheLimit()
    {
        for (var limit = 1; limit <= 5; limit++)
        {
            using var harness = new PublisherHarness(PublisherHarness.Limits with { MaxBatchMessages = 1, MaxCallsInFlight = limit });

            harness.PublishMany(1, 20);

            Assert.Equal(limit, harness.Calls.Count);
            for (var answered = 1; answered <= 20; answered++)
            {
                harness.Sender.Unanswered[0].Stored((ulong)answered);
                Assert.InRange(harness.Sender.Unanswered.Count, answered < 20 ? 1 : 0, limit);
            }

            Assert.Equal(Enumerable.Range(1, 20).Select(i => $"{i}"), harness.Calls.SelectMany(call => call.Values));
            harness.AssertIdle();
        }
    }

    [Fact]
    public void Publish_MoreBytesThanABatchHolds_BeginsANewBatch()
    {
        var limits = PublisherHarness.Limits with { MaxBatchBytes = 2048 };
        using var harness = new PublisherHarness(limits, open: false);

        for (var i = 0; i < 10; i++)
        {
            harness.Publish(Messages.OfSize(500));
        }

        harness.Publisher.Open();
        Assert.All(harness.Calls, call => Assert.InRange(call.Request.Body.Length, 1000, 2048));
        Assert.Equal(3, harness.Calls[0].Values.Count);
    }

    [Fact]
    public void Publish_MessageLargerThanABatch_GoesAloneAndInItsTurn()
    {
        var limits = PublisherHarness.Limits with { MaxBatchBytes = 2048 };
        using var harness = new PublisherHarness(limits, open: false);

        harness.Publish("before");
        harness.Publish(Messages.OfSize(50_000));
        harness.Publish("after");
        harness.Publisher.Open();
        harness.Calls[0].Stored(1);

        Assert.Equal([1, 1, 1], harness.Calls.Select(call => call.Values.Count));
        Assert.Equal([6, 50_000, 5], harness.Calls.Select(call => call.Values[0].Length));
    }

    [Fact]
    public void Publish_BatchHasWaitedForAWhile_TakesNoMoreMessages()
    {
        var limits = PublisherHarness.Limits with { PublishTimeout = TimeSpan.FromSeconds(4) };
        using var harness = new PublisherHarness(limits, open: false);

        harness.Publish("1");
        harness.Time.Advance(TimeSpan.FromMilliseconds(200));
        harness.Publish("2");
        harness.Time.Advance(TimeSpan.FromMilliseconds(1));
        harness.Publish("3");
        harness.Publisher.Open();
        harness.Calls[0].Stored(1);

        Assert.Equal([["1", "2"], ["3"]], harness.Calls.Select(call => call.Values.ToArray()));
    }

    [Fact]
    public void Publish_Batches_AreNumberedAndNameTheirPublisherAndTime()
    {
        Harness.Publish("a");
        Harness.Sender.Last.Stored(10);
        Harness.Publish("b");

        var requests = Harness.Calls.Select(call => call.Request).ToArray();
        Assert.Equal([1ul, 2ul], requests.Select(request => request.Number));
        Assert.Equal([1ul, 2ul], requests.Select(request => request.Oldest));
        Assert.Equal([0ul, 1ul], requests.Select(request => request.Claim));
        Assert.Equal([0ul, 10ul], requests.Select(request => request.Floor));
        Assert.Equal([1, 1], requests.Select(request => request.Count));
        Assert.Equal(requests[0].Publisher, requests[1].Publisher);
        var header = Frames.OfBody(requests[1].Body.ToArray()).Header;
        Assert.Equal((requests[1].Publisher, 2ul), (header.Publisher, header.BatchNumber));
        Assert.Equal(UnixTime.Microseconds(Harness.Time.GetUtcNow()), header.SentAtMicroseconds);
    }

    [Fact]
    public void Publish_TwoPublishers_HaveDifferentNames()
    {
        using var one = new PublisherHarness();
        using var other = new PublisherHarness();

        one.Publish("a");
        other.Publish("a");

        Assert.NotEqual(one.Sender.Last.Request.Publisher, other.Sender.Last.Request.Publisher);
    }

    [Fact]
    public void Publish_Stored_RaisesTheFloorToTheLastIdOfTheBatch()
    {
        using var harness = new PublisherHarness(open: false);
        harness.PublishMany(1, 5);
        harness.Publisher.Open();

        harness.Sender.Last.Stored(100);

        Assert.Equal(104ul, harness.Floor.Value);
    }

    [Fact]
    public void Publish_StoredBefore_CompletesAndLeavesTheFloor()
    {
        Harness.Floor.Raise(50);
        var publish = Harness.Publish("a");

        Harness.Sender.Last.Reply(BatchOutcome.StoredBefore);

        Assert.Equal(TaskStatus.RanToCompletion, publish.Status);
        Assert.Equal((50ul, 1L), (Harness.Floor.Value, Harness.Counters.BatchesStoredBefore.Value));
        Harness.AssertIdle();
    }

    [Fact]
    public void Publish_NotOpen_WaitsUntilItIs()
    {
        using var harness = new PublisherHarness(open: false);

        var publish = harness.Publish("a");
        Assert.Empty(harness.Calls);
        Assert.Equal(1, harness.Counters.QueueMessages);

        harness.Publisher.Open();
        Assert.Single(harness.Calls).Stored();
        Assert.True(publish.IsCompleted);
    }

    [Fact]
    public void Close_CallsInFlight_MayStillArriveAndNewOnesWait()
    {
        var before = Harness.Publish("before");

        Harness.Publisher.Close();
        var after = Harness.Publish("after");
        Harness.Sender.Last.Stored();

        Assert.True(before.IsCompleted);
        Assert.Single(Harness.Calls);
        Harness.Publisher.Open();
        Assert.Contains(Harness.Calls, call => call.Values.SequenceEqual(["after"]));
        Assert.False(after.IsCompleted);
    }

    [Fact]
    public void Open_WhileACallIsInFlight_SendsWhatWaitsWithIt()
    {
        Harness.Publish("1");
        Harness.Publisher.Close();
        Harness.Publish("2");

        Harness.Publisher.Open();

        Assert.Equal([["1"], ["2"]], Harness.Calls.Select(call => call.Values.ToArray()));
    }

    [Fact]
    public void Publish_TheAnswerIsThereAtOnce_NeitherOverflowsNorMisorders()
    {
        var limits = PublisherHarness.Limits with { MaxBatchMessages = 1, MaxQueueMessages = 100_000, MaxQueueBytes = 1 << 30 };
        using var harness = new PublisherHarness(limits, open: false);
        var id = 0ul;
        harness.Sender.Answer = _ => new BatchReply(BatchOutcome.Stored, ++id);
        var publishes = harness.PublishMany(1, 20_000);

        harness.Publisher.Open();

        Assert.All(publishes, publish => Assert.Equal(TaskStatus.RanToCompletion, publish.Status));
        Assert.Equal(Enumerable.Range(1, 20_000).Select(i => $"{i}"), harness.Calls.SelectMany(call => call.Values));
        harness.AssertIdle();
    }
}
