namespace RedisBackplane.Tests.Publishing;

/// <summary>Redis has no record of the publisher: it lost its memory, or only the record.</summary>
public sealed class PublisherEvictionTests
{
    private const int RecordEvicted = 2009;

    [Fact]
    public void RecordGone_IdsWentOnSince_NothingGoesAgainAndItIsTold()
    {
        using var harness = Stored();
        harness.Sender.Counter = () => 5;
        harness.Received.Reach(5);

        var publish = LoseRecord(harness);

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
        using var harness = Stored();
        for (var id = 4ul; id < 40; id++)
        {
            var counter = id - 1;
            harness.Sender.Counter = () => counter;
            harness.Received.Reach(counter);
            LoseRecord(harness);
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
        using var harness = Stored();
        harness.Sender.Counter = () => counter;
        LoseRecord(harness);

        Assert.Equal([1ul, 2ul, 3ul, 4ul], harness.UnansweredNumbers);
        Assert.Empty(harness.Logger.Of(RecordEvicted));
    }

    [Fact]
    public void RecordGone_TheIdsBeganAgain_SendsAllAgain()
    {
        using var harness = Stored();
        harness.Sender.Counter = () => 2_000_000;
        harness.Received.Begin(2_000_000);
        harness.Received.Reach(2_000_000);

        LoseRecord(harness);

        Assert.Equal([1ul, 2ul, 3ul, 4ul], harness.UnansweredNumbers);
    }

    [Fact]
    public void RecordGone_WhatWasGivenSinceIsOnItsWay_WaitsForIt()
    {
        using var harness = Stored();
        harness.Sender.Counter = () => 9;
        LoseRecord(harness);
        Assert.Empty(harness.Sender.Unanswered);

        harness.Received.Reach(9);
        harness.PassRetry();

        Assert.Equal(4ul, Assert.Single(harness.Sender.Unanswered).Number);
    }

    [Fact]
    public void RecordGone_WhatWasGivenSinceNeverComes_SendsAllAgain()
    {
        using var harness = Stored();
        harness.Sender.Counter = () => 9;
        LoseRecord(harness);
        harness.PassRetry();
        harness.PassRetry();

        Assert.Equal([1ul, 2ul, 3ul, 4ul], harness.UnansweredNumbers);
    }

    [Fact]
    public void RecordGone_TheCounterCannotBeRead_AsksAgain()
    {
        using var harness = Stored();
        harness.Sender.Counter = () => throw new InvalidOperationException("cut");
        LoseRecord(harness);
        Assert.Empty(harness.Sender.Unanswered);

        harness.Sender.Counter = () => 3;
        harness.PassRetry();

        Assert.Equal(4ul, Assert.Single(harness.Sender.Unanswered).Number);
    }

    [Fact]
    public void RecordGone_ThenMemoryIsLost_SendsAllAgain()
    {
        using var harness = Stored();
        harness.Sender.Counter = () => 3;
        LoseRecord(harness);
        harness.Sender.Last.Stored(4);

        harness.Sender.Counter = () => null;
        LoseRecord(harness);

        // The fifth waits: the limit of calls in flight is reached.
        Assert.Equal([1ul, 2ul, 3ul, 4ul], harness.UnansweredNumbers);
    }

    [Theory]
    [InlineData(4ul)]
    [InlineData(100_000ul)]
    public void RecordGone_AServerThatOnlySendsAndIdsWentOn_SendsNothingAgain(ulong counter)
    {
        using var harness = new PublisherHarness();
        StoreForAWhile(harness);
        harness.Sender.Counter = () => counter;

        LoseRecord(harness);

        Assert.Equal(5ul, Assert.Single(harness.Sender.Unanswered).Number);
        Assert.Equal(0, harness.Counters.ReplayedMessages.Value);
        Assert.Single(harness.Logger.Of(RecordEvicted));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(3ul)]
    [InlineData(4ul + 1_048_576)]
    public void RecordGone_AServerThatOnlySendsAndIdsBeganAgain_SendsAllAgain(ulong? counter)
    {
        using var harness = new PublisherHarness();
        StoreForAWhile(harness);
        harness.Sender.Counter = () => counter;

        LoseRecord(harness);

        // The fifth waits: the limit of calls in flight is reached.
        Assert.Equal([1ul, 2ul, 3ul, 4ul], harness.UnansweredNumbers);
        Assert.Empty(harness.Logger.Of(RecordEvicted));
    }

    [Fact]
    public void RecordGone_AServerThatOnlySendsAndAnotherRedisWasRecognised_SendsAllAgain()
    {
        using var harness = new PublisherHarness();
        StoreForAWhile(harness);
        harness.Received.Begin(5);
        harness.Sender.Counter = () => 4;

        LoseRecord(harness);

        Assert.Equal([1ul, 2ul, 3ul, 4ul], harness.UnansweredNumbers);
    }

    // Ids that begin again within a second may be close to the former ones.
    [Fact]
    public void RecordGone_AServerThatOnlySendsSawIdsBeginJustNow_SendsAllAgain()
    {
        using var harness = new PublisherHarness();
        StoreForAWhile(harness);
        harness.Publish("jumped");
        harness.Sender.Last.Stored(3_000_000);
        harness.Sender.Counter = () => 3_000_009;

        LoseRecord(harness);

        Assert.Equal([1ul, 2ul, 3ul, 4ul, 5ul], harness.UnansweredNumbers);
    }

    [Fact]
    public void Verify_RecordGoneAndIdsWentOn_SendsNothing()
    {
        using var harness = Stored();
        harness.Sender.Counter = () => 3;

        harness.Publisher.Verify();
        harness.Forget();

        Assert.Empty(harness.Sender.Unanswered);
        Assert.Single(harness.Logger.Of(RecordEvicted));
        harness.Publish("4");
        Assert.Equal(0ul, harness.Sender.Last.Request.Claim);
    }

    // Three batches with the ids 1 to 3, which this server has received.
    private static PublisherHarness Stored()
    {
        var harness = new PublisherHarness();
        harness.Store("1", "2", "3");
        harness.Received.Reach(3);
        return harness;
    }

    // Four batches with the ids 1 to 4, the last of them some seconds after the first.
    private static void StoreForAWhile(PublisherHarness harness)
    {
        harness.Store("1", "2", "3");
        harness.Time.Advance(TimeSpan.FromSeconds(5));
        harness.Store("4");
    }

    private static Task LoseRecord(PublisherHarness harness)
    {
        var publish = harness.Publish("next");
        harness.Forget();
        return publish;
    }
}
