using RedisBackplane.Publishing;

namespace RedisBackplane.Tests.Publishing;

/// <summary>Redis has no record of the publisher: it lost its memory, or only the record.</summary>
public sealed class PublisherEvictionTests
{
    private const int RecordEvicted = 2009;

    [Fact]
    public void RecordGone_IdsWentOnSince_NothingGoesAgainAndItIsTold()
    {
        using var harness = Stored(out var received);
        harness.Sender.Counter = () => 5;
        received.Reach(5);

        var publish = harness.Publish("4");
        harness.Sender.Last.Reply(BatchOutcome.Forgotten);
        harness.PassRetry();

        var call = Assert.Single(harness.Sender.Unanswered);
        Assert.Equal((4ul, 4ul, 0ul), (call.Number, call.Request.Oldest, call.Request.Claim));
        call.Stored(6);
        Assert.True(publish.IsCompleted);
        Assert.Equal(0, harness.Counters.ReplayedMessages.Value);
        Assert.Contains("maxmemory-policy", Assert.Single(harness.Logger.Of(RecordEvicted)).Text, StringComparison.Ordinal);
        harness.Publish("5");
        Assert.Equal(4ul, harness.Sender.Last.Request.Claim);
    }

    [Fact]
    public void RecordGone_AgainAndAgain_IsToldOnceInAWhile()
    {
        using var harness = Stored(out var received);
        for (var id = 4ul; id < 40; id++)
        {
            var counter = id - 1;
            harness.Sender.Counter = () => counter;
            received.Reach(counter);
            harness.Publish("more");
            harness.Sender.Last.Reply(BatchOutcome.Forgotten);
            harness.PassRetry();
            harness.Sender.Last.Stored(id);
        }

        Assert.Equal(0, harness.Counters.ReplayedMessages.Value);
        Assert.Single(harness.Logger.Of(RecordEvicted));
        harness.AssertIdle();
    }

    [Theory]
    [InlineData(null)]
    [InlineData(2ul)]
    public void RecordGone_TheCounterToo_SendsAllAgain(ulong? counter)
    {
        using var harness = Stored(out _);
        harness.Sender.Counter = () => counter;

        harness.Publish("4");
        harness.Sender.Last.Reply(BatchOutcome.Forgotten);
        harness.PassRetry();

        Assert.Equal([1ul, 2ul, 3ul, 4ul], harness.Sender.Unanswered.Select(call => call.Number));
        Assert.Empty(harness.Logger.Of(RecordEvicted));
    }

    [Fact]
    public void RecordGone_TheIdsBeganAgain_SendsAllAgain()
    {
        using var harness = Stored(out var received);
        harness.Sender.Counter = () => 2_000_000;
        received.Begin(2_000_000);
        received.Reach(2_000_000);

        harness.Publish("4");
        harness.Sender.Last.Reply(BatchOutcome.Forgotten);
        harness.PassRetry();

        Assert.Equal([1ul, 2ul, 3ul, 4ul], harness.Sender.Unanswered.Select(call => call.Number));
    }

    [Fact]
    public void RecordGone_WhatWasGivenSinceIsOnItsWay_WaitsForIt()
    {
        using var harness = Stored(out var received);
        harness.Sender.Counter = () => 9;
        harness.Publish("4");
        harness.Sender.Last.Reply(BatchOutcome.Forgotten);
        harness.PassRetry();
        Assert.Empty(harness.Sender.Unanswered);

        received.Reach(9);
        harness.PassRetry();

        Assert.Equal(4ul, Assert.Single(harness.Sender.Unanswered).Number);
    }

    [Fact]
    public void RecordGone_WhatWasGivenSinceNeverComes_SendsAllAgain()
    {
        using var harness = Stored(out _);
        harness.Sender.Counter = () => 9;
        harness.Publish("4");
        harness.Sender.Last.Reply(BatchOutcome.Forgotten);

        harness.PassRetry();
        harness.PassRetry();
        harness.PassRetry();

        Assert.Equal([1ul, 2ul, 3ul, 4ul], harness.Sender.Unanswered.Select(call => call.Number));
    }

    [Fact]
    public void RecordGone_TheCounterCannotBeRead_AsksAgain()
    {
        using var harness = Stored(out _);
        harness.Sender.Counter = () => throw new InvalidOperationException("cut");
        harness.Publish("4");
        harness.Sender.Last.Reply(BatchOutcome.Forgotten);
        harness.PassRetry();
        Assert.Empty(harness.Sender.Unanswered);

        harness.Sender.Counter = () => 3;
        harness.PassRetry();

        Assert.Equal(4ul, Assert.Single(harness.Sender.Unanswered).Number);
    }

    [Fact]
    public void RecordGone_ThenMemoryIsLost_SendsAllAgain()
    {
        using var harness = Stored(out _);
        harness.Sender.Counter = () => 3;
        harness.Publish("4");
        harness.Sender.Last.Reply(BatchOutcome.Forgotten);
        harness.PassRetry();
        harness.Sender.Last.Stored(4);

        harness.Sender.Counter = () => null;
        harness.Publish("5");
        harness.Sender.Last.Reply(BatchOutcome.Forgotten);
        harness.PassRetry();

        // The fifth waits: the limit of calls in flight is reached.
        Assert.Equal([1ul, 2ul, 3ul, 4ul], harness.Sender.Unanswered.Select(call => call.Number));
    }

    [Fact]
    public void RecordGone_AServerThatOnlySends_SendsAllAgain()
    {
        using var harness = new PublisherHarness();
        harness.Publish("1");
        harness.Sender.Last.Stored(1);
        harness.Sender.Counter = () => 1;

        harness.Publish("2");
        harness.Sender.Last.Reply(BatchOutcome.Forgotten);
        harness.PassRetry();

        Assert.Equal([1ul, 2ul], harness.Sender.Unanswered.Select(call => call.Number));
    }

    [Fact]
    public void Verify_RecordGoneAndIdsWentOn_SendsNothing()
    {
        using var harness = Stored(out _);
        harness.Sender.Counter = () => 3;

        harness.Publisher.Verify();
        harness.Sender.Last.Reply(BatchOutcome.Forgotten);
        harness.PassRetry();

        Assert.Empty(harness.Sender.Unanswered);
        Assert.Single(harness.Logger.Of(RecordEvicted));
        harness.Publish("4");
        Assert.Equal(0ul, harness.Sender.Last.Request.Claim);
    }

    // Three batches with the ids 1 to 3, which this server has received.
    private static PublisherHarness Stored(out RedisBackplane.Streams.ReceivedRun received)
    {
        var harness = new PublisherHarness();
        for (var id = 1ul; id <= 3; id++)
        {
            harness.Publish("message");
            harness.Sender.Last.Stored(id);
        }

        received = harness.Received;
        received.Reach(3);
        return harness;
    }
}
