namespace RedisBackplane.Tests.Publishing;

public sealed class PublisherTimeoutTests : PublisherTest
{
    private static readonly TimeSpan Timeout = PublisherHarness.Limits.PublishTimeout;
    private static readonly PublisherLimits Pipelined = PublisherHarness.Limits with { MaxBatchMessages = 1 };

    [Fact]
    public void Timeout_Waiting_FailsWithWhatAndHowLong()
    {
        using var harness = new PublisherHarness(open: false);
        var publish = harness.Publish("a");

        harness.Time.Advance(Timeout - TimeSpan.FromSeconds(1));
        Assert.False(publish.IsCompleted);
        harness.Time.Advance(TimeSpan.FromSeconds(1));

        var exception = Assert.IsType<BackplaneTimeoutException>(publish.Exception!.InnerException);
        Assert.Contains("'Chat'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("10 s", exception.Message, StringComparison.Ordinal);
        Assert.Equal(1, harness.Counters.TimedOutMessages.Value);
        Assert.Single(harness.Logger.Of(2003));
        harness.AssertIdle();
    }

    [Fact]
    public void Timeout_Waiting_IsNeverSent()
    {
        using var harness = new PublisherHarness(open: false);
        harness.Publish("a");
        harness.Time.Advance(Timeout);

        harness.Publisher.Open();
        harness.Publish("b");

        var call = Assert.Single(harness.Calls);
        Assert.Equal(["b"], call.Values);
        Assert.Equal((1ul, 1ul), (call.Request.Number, call.Request.Oldest));
    }

    [Fact]
    public async Task Timeout_Interrupted_FailsWithTheLastErrorAndTheNextTakesItsTurn()
    {
        var publish = Harness.Publish("a");
        Harness.Sender.Last.Fail("no route");
        Harness.Publisher.Close();

        Harness.Time.Advance(Timeout);

        var exception = await Assert.ThrowsAsync<BackplaneTimeoutException>(() => publish);
        Assert.Equal("no route", exception.InnerException!.Message);
        Assert.Contains("no route", exception.Message, StringComparison.Ordinal);
        Harness.AssertIdle();
        Harness.Publisher.Open();
        _ = Harness.Publish("b");
        Assert.Equal((2ul, 2ul), (Harness.Sender.Last.Request.Number, Harness.Sender.Last.Request.Oldest));
    }

    [Fact]
    public async Task Timeout_InFlight_FailsTheTaskAndKeepsThePlaceUntilTheCallEnds()
    {
        using var harness = new PublisherHarness(Pipelined);
        var publish = harness.Publish("a");

        harness.Time.Advance(Timeout);
        await Assert.ThrowsAsync<BackplaneTimeoutException>(() => publish);
        Assert.Equal(1, harness.Counters.QueueMessages);
        _ = harness.Publish("b");
        Assert.Equal((2ul, 1ul), (harness.Sender.Last.Request.Number, harness.Sender.Last.Request.Oldest));

        harness.Calls[0].Stored(1);
        harness.Calls[1].Stored(2);
        harness.AssertIdle();
    }

    [Fact]
    public void Timeout_InFlightAndTheCallFails_IsNotSentAgain()
    {
        using var harness = new PublisherHarness(Pipelined);
        harness.Publish("a");
        harness.Time.Advance(Timeout);
        harness.Publish("b");

        harness.Calls[0].Fail();
        harness.Calls[1].Reply(BatchOutcome.OutOfTurn);
        harness.PassRetry();

        Assert.Equal(3, harness.Calls.Count);
        Assert.Equal((2ul, 2ul), (harness.Sender.Last.Request.Number, harness.Sender.Last.Request.Oldest));
        harness.Sender.Last.Stored();
        harness.AssertIdle();
    }

    [Fact]
    public void Timeout_SomeOfSeveral_FailsThoseThatWaitedTooLong()
    {
        using var harness = new PublisherHarness(open: false);
        var old = harness.Publish("old");
        harness.Time.Advance(TimeSpan.FromSeconds(5));
        var young = harness.Publish("young");

        harness.Time.Advance(TimeSpan.FromSeconds(5));

        Assert.True(old.IsFaulted);
        Assert.False(young.IsCompleted);
        Assert.Equal(1, harness.Counters.QueueMessages);
        harness.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.True(young.IsFaulted);
        harness.AssertIdle();
    }

    [Fact]
    public void Timeout_ManyMessages_AreCountedAndLoggedInOneLine()
    {
        using var harness = new PublisherHarness(open: false);
        harness.PublishMany(1, 250);

        harness.Time.Advance(Timeout);

        Assert.Equal(250, harness.Counters.TimedOutMessages.Value);
        Assert.Contains("250 messages", Assert.Single(harness.Logger.Of(2003)).Text, StringComparison.Ordinal);
        harness.AssertIdle();
    }

    [Fact]
    public void Timeout_AMessageThatJoinedABatchLate_IsNotTimedOutMuchTooEarly()
    {
        using var harness = new PublisherHarness(open: false);
        harness.Publish("1");
        harness.Time.Advance(TimeSpan.FromMilliseconds(250));
        var late = harness.Publish("2");

        harness.Time.Advance(Timeout - TimeSpan.FromMilliseconds(251));
        Assert.False(late.IsCompleted);
        harness.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(late.IsFaulted);
    }

    [Fact]
    public void Timers_Idle_NoneIsArmed()
    {
        Assert.Equal(0, Harness.Time.ArmedTimers);

        Harness.Publish("a");
        Assert.Equal(1, Harness.Time.ArmedTimers);
        Harness.Sender.Last.Stored();

        // Sent batches are kept for a while, in case Redis loses them.
        Harness.Time.Advance(PublisherHarness.Limits.RepublishWindow + TimeSpan.FromSeconds(1));
        Assert.Equal(0, Harness.Time.ArmedTimers);
    }

    [Fact]
    public void Timers_IdleWithNothingKept_NoneIsArmed()
    {
        using var harness = new PublisherHarness(PublisherHarness.Limits with { RepublishMaxBytes = 0 });
        harness.Publish("a");
        harness.Sender.Last.Stored();

        harness.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(0, harness.Time.ArmedTimers);
    }

    [Fact]
    public void Timers_AfterAFailure_NoneIsArmedOnceAllIsOver()
    {
        Harness.Publish("a");
        Harness.Sender.Last.Fail();
        Assert.Equal(2, Harness.Time.ArmedTimers);
        Harness.PassRetry();
        Harness.Sender.Last.Stored();

        Harness.Time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(0, Harness.Time.ArmedTimers);
    }
}
