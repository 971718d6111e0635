namespace RedisBackplane.Tests.Publishing;

/// <summary>Redis has no record of the publisher: it lost its memory, or only the record.</summary>
public sealed class PublisherEvictionTests : PublisherTest
{
    private const int RecordEvicted = 2009;

    [Fact]
    public async Task RecordGone_IdsWentOnSince_NothingGoesAgainAndItIsTold()
    {
        StoreAndReceive();
        Harness.Sender.Counter = () => 5;
        Harness.Received.Reach(5);

        var publish = LoseRecord();

        var call = Assert.Single(Harness.Sender.Unanswered);
        Assert.Equal((4ul, 4ul, 0ul), (call.Number, call.Request.Oldest, call.Request.Claim));
        call.Stored(6);
        await publish.Bounded();
        Assert.Equal(0, Harness.Counters.ReplayedMessages.Value);
        Assert.Contains("maxmemory-policy", Assert.Single(Harness.Logger.Of(RecordEvicted)).Text, StringComparison.Ordinal);
        _ = Harness.Publish("5");
        Assert.Equal(4ul, Harness.Sender.Last.Request.Claim);
    }

    [Fact]
    public void RecordGone_AgainAndAgain_IsToldOnceInAWhile()
    {
        StoreAndReceive();
        for (var id = 4ul; id < 40; id++)
        {
            var counter = id - 1;
            Harness.Sender.Counter = () => counter;
            Harness.Received.Reach(counter);
            LoseRecord();
            Harness.Sender.Last.Stored(id);
        }

        Assert.Equal(0, Harness.Counters.ReplayedMessages.Value);
        Assert.Single(Harness.Logger.Of(RecordEvicted));
        Harness.AssertIdle();
    }

    [Theory]
    [InlineData(false, null)]
    [InlineData(false, 2ul)]
    [InlineData(true, null)]
    [InlineData(true, 3ul)]
    [InlineData(true, 4ul + 1_048_576)]
    public void RecordGone_TheCounterTooOrIdsBeganAgain_SendsAllAgain(bool onlySends, ulong? counter)
    {
        if (onlySends)
        {
            StoreForAWhile();
        }
        else
        {
            StoreAndReceive();
        }

        Harness.Sender.Counter = () => counter;

        LoseRecord();

        // For a server that only sends, the fifth waits: the limit of calls in flight is reached.
        Assert.Equal([1ul, 2ul, 3ul, 4ul], Harness.UnansweredNumbers);
        Assert.Empty(Harness.Logger.Of(RecordEvicted));
    }

    [Fact]
    public void RecordGone_TheIdsBeganAgain_SendsAllAgain()
    {
        StoreAndReceive();
        Harness.Sender.Counter = () => 2_000_000;
        Harness.Received.Begin(2_000_000);
        Harness.Received.Reach(2_000_000);

        LoseRecord();

        Assert.Equal([1ul, 2ul, 3ul, 4ul], Harness.UnansweredNumbers);
    }

    [Fact]
    public void RecordGone_WhatWasGivenSinceIsOnItsWay_WaitsForIt()
    {
        StoreAndReceive();
        Harness.Sender.Counter = () => 9;
        LoseRecord();
        Assert.Empty(Harness.Sender.Unanswered);

        Harness.Received.Reach(9);
        Harness.PassRetry();

        Assert.Equal(4ul, Assert.Single(Harness.Sender.Unanswered).Number);
    }

    [Fact]
    public void RecordGone_WhatWasGivenSinceNeverComes_SendsAllAgain()
    {
        StoreAndReceive();
        Harness.Sender.Counter = () => 9;
        LoseRecord();
        Harness.PassRetry();
        Harness.PassRetry();

        Assert.Equal([1ul, 2ul, 3ul, 4ul], Harness.UnansweredNumbers);
    }

    [Fact]
    public void RecordGone_TheCounterCannotBeRead_AsksAgain()
    {
        StoreAndReceive();
        Harness.Sender.Counter = () => throw new InvalidOperationException("cut");
        LoseRecord();
        Assert.Empty(Harness.Sender.Unanswered);

        Harness.Sender.Counter = () => 3;
        Harness.PassRetry();

        Assert.Equal(4ul, Assert.Single(Harness.Sender.Unanswered).Number);
    }

    [Fact]
    public void RecordGone_ThenMemoryIsLost_SendsAllAgain()
    {
        StoreAndReceive();
        Harness.Sender.Counter = () => 3;
        LoseRecord();
        Harness.Sender.Last.Stored(4);

        Harness.Sender.Counter = () => null;
        LoseRecord();

        // The fifth waits: the limit of calls in flight is reached.
        Assert.Equal([1ul, 2ul, 3ul, 4ul], Harness.UnansweredNumbers);
    }

    [Theory]
    [InlineData(4ul)]
    [InlineData(100_000ul)]
    public void RecordGone_AServerThatOnlySendsAndIdsWentOn_SendsNothingAgain(ulong counter)
    {
        StoreForAWhile();
        Harness.Sender.Counter = () => counter;

        LoseRecord();

        Assert.Equal(5ul, Assert.Single(Harness.Sender.Unanswered).Number);
        Assert.Equal(0, Harness.Counters.ReplayedMessages.Value);
        Assert.Single(Harness.Logger.Of(RecordEvicted));
    }

    [Fact]
    public void RecordGone_AServerThatOnlySendsAndAnotherRedisWasRecognised_SendsAllAgain()
    {
        StoreForAWhile();
        Harness.Received.Begin(5);
        Harness.Sender.Counter = () => 4;

        LoseRecord();

        Assert.Equal([1ul, 2ul, 3ul, 4ul], Harness.UnansweredNumbers);
    }

    // Ids that begin again within a second may be close to the former ones.
    [Fact]
    public void RecordGone_AServerThatOnlySendsSawIdsBeginJustNow_SendsAllAgain()
    {
        StoreForAWhile();
        Harness.Publish("jumped");
        Harness.Sender.Last.Stored(3_000_000);
        Harness.Sender.Counter = () => 3_000_009;

        LoseRecord();

        Assert.Equal([1ul, 2ul, 3ul, 4ul, 5ul], Harness.UnansweredNumbers);
    }

    [Fact]
    public void Verify_RecordGoneAndIdsWentOn_SendsNothing()
    {
        StoreAndReceive();
        Harness.Sender.Counter = () => 3;

        Harness.Publisher.Verify();
        Harness.Forget();

        Assert.Empty(Harness.Sender.Unanswered);
        Assert.Single(Harness.Logger.Of(RecordEvicted));
        Harness.Publish("4");
        Assert.Equal(0ul, Harness.Sender.Last.Request.Claim);
    }

    // Three batches with the ids 1 to 3, which this server has received.
    private void StoreAndReceive()
    {
        Harness.Store("1", "2", "3");
        Harness.Received.Reach(3);
    }

    // Four batches with the ids 1 to 4, the last of them some seconds after the first.
    private void StoreForAWhile()
    {
        Harness.Store("1", "2", "3");
        Harness.Time.Advance(TimeSpan.FromSeconds(5));
        Harness.Store("4");
    }

    private Task LoseRecord()
    {
        var publish = Harness.Publish("next");
        Harness.Forget();
        return publish;
    }
}
