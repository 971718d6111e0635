namespace RedisBackplane.Tests.Publishing;

public sealed class PublisherQueueTests : PublisherTest
{
    private static readonly PublisherLimits Small = PublisherHarness.Limits with { MaxQueueMessages = 10, MaxBatchMessages = 3 };

    [Fact]
    public void Queue_FullByMessages_FailsTheTaskWithTheNumbers()
    {
        using var harness = new PublisherHarness(Small);
        var waiting = harness.PublishMany(1, 10);

        var refused = harness.Publish("11");

        var exception = Assert.IsType<BackplaneQueueFullException>(refused.Exception!.InnerException);
        Assert.Contains("'Chat'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("10 messages (MaxQueueMessages 10)", exception.Message, StringComparison.Ordinal);
        Assert.All(waiting, publish => Assert.False(publish.IsCompleted));
        Assert.Equal(
            (10L, 1L, 1L),
            (harness.Counters.QueueMessages, harness.Counters.RejectedMessages.Value, harness.SignalR.ScaleoutErrorsTotal.RawValue));
    }

    [Fact]
    public void Queue_FullByBytes_FailsTheTaskWithTheNumbers()
    {
        using var harness = new PublisherHarness(PublisherHarness.Limits with { MaxQueueBytes = 10_000 }, open: false);
        harness.Publish(Messages.OfSize(9_000));

        var refused = harness.Publish(Messages.OfSize(1_000));

        var exception = Assert.IsType<BackplaneQueueFullException>(refused.Exception!.InnerException);
        Assert.Contains("(MaxQueueBytes 10000). A message of 1000 bytes", exception.Message, StringComparison.Ordinal);
        Assert.False(harness.Publish(Messages.OfSize(100)).IsCompleted);
    }

    [Fact]
    public void Queue_FullWhileRedisIsAway_SaysWhatRedisSaid()
    {
        using var harness = new PublisherHarness(Small);
        harness.PublishMany(1, 10);
        harness.Sender.Unanswered.ForEach(call => call.Fail("no route"));
        var exception = Assert.IsType<BackplaneQueueFullException>(harness.Publish("11").Exception!.InnerException);

        Assert.Contains("no route", exception.Message, StringComparison.Ordinal);
        Assert.Equal("no route", exception.InnerException!.Message);
    }

    [Fact]
    public void Queue_FullAndThenSent_TakesMessagesAgain()
    {
        using var harness = new PublisherHarness(Small);
        harness.PublishMany(1, 10);
        Assert.True(harness.Publish("11").IsFaulted);

        harness.Sender.Unanswered[0].Stored();

        Assert.False(harness.Publish("12").IsFaulted);
    }

    [Fact]
    public void Queue_MessagesAndBytes_AreNeverAboveTheLimitByMoreThanAHeader()
    {
        var limits = PublisherHarness.Limits with { MaxQueueBytes = 5_000, MaxBatchMessages = 1, MaxQueueMessages = 30 };
        using var harness = new PublisherHarness(limits, open: false);
        var random = new Random(7);

        for (var i = 0; i < 500; i++)
        {
            harness.Publish(Messages.OfSize(random.Next(400)));
            Assert.InRange(harness.Counters.QueueMessages, 0, 30);
            Assert.InRange(harness.Counters.QueueBytes, 0, 5_000 + RedisBackplane.Wire.FrameLayout.Messages);
        }
    }

    [Fact]
    public void FailFast_NotOpen_FailsAtOnce()
    {
        using var harness = new PublisherHarness(PublisherHarness.Limits with { QueuePolicy = QueuePolicy.FailFast }, open: false);

        var publish = harness.Publish("a");

        Assert.Contains("FailFast", Assert.IsType<BackplaneException>(publish.Exception!.InnerException).Message, StringComparison.Ordinal);
        harness.AssertIdle();
        Assert.Equal(1, harness.Counters.RejectedMessages.Value);
        harness.Publisher.Open();
        Assert.False(harness.Publish("b").IsFaulted);
    }

    [Fact]
    public async Task FailFast_AfterAFailure_FailsUntilItIsTriedAgain()
    {
        using var harness = new PublisherHarness(PublisherHarness.Limits with { QueuePolicy = QueuePolicy.FailFast });
        var accepted = harness.Publish("a");
        harness.Sender.Last.Fail("no route");

        var refused = harness.Publish("b");
        Assert.Equal("no route", refused.Exception!.InnerException!.InnerException!.Message);
        Assert.False(accepted.IsCompleted);
        harness.PassRetry();
        harness.Sender.Last.Stored();

        await accepted.Bounded();
        Assert.False(harness.Publish("c").IsFaulted);
    }

    [Fact]
    public void DropOldest_Full_DropsTheOldestBatchThatWaits()
    {
        using var harness = new PublisherHarness(Small with { QueuePolicy = QueuePolicy.DropOldest }, open: false);
        var publishes = harness.PublishMany(1, 10);

        var added = harness.Publish("11");

        Assert.False(added.IsCompleted);
        Assert.All(publishes.Take(3), publish => Assert.IsType<BackplaneQueueFullException>(publish.Exception!.InnerException));
        Assert.All(publishes.Skip(3), publish => Assert.False(publish.IsCompleted));
        Assert.Equal((8L, 3L), (harness.Counters.QueueMessages, harness.Counters.DroppedMessages.Value));
        harness.Publisher.Open();
        Assert.Equal(["4", "5", "6"], harness.Calls[0].Values);
    }

    [Fact]
    public void DropOldest_AllIsInFlight_FailsTheNewOne()
    {
        using var harness = new PublisherHarness(Small with { QueuePolicy = QueuePolicy.DropOldest, MaxBatchMessages = 10 }, open: false);
        var publishes = harness.PublishMany(1, 10);
        harness.Publisher.Open();

        Assert.IsType<BackplaneQueueFullException>(harness.Publish("11").Exception!.InnerException);
        Assert.All(publishes, publish => Assert.False(publish.IsCompleted));
    }

    [Theory]
    [InlineData(QueuePolicy.Wait)]
    [InlineData(QueuePolicy.DropOldest)]
    public void Message_LargerThanTheQueue_FailsWithTheSettingAndDropsNothing(QueuePolicy policy)
    {
        var limits = PublisherHarness.Limits with { MaxQueueBytes = 10_000, QueuePolicy = policy };
        using var harness = new PublisherHarness(limits, open: false);
        var waiting = harness.PublishMany(1, 20);

        var refused = harness.Publish(Messages.OfSize(20_000));

        var exception = Assert.IsType<BackplaneException>(refused.Exception!.InnerException);
        Assert.Contains("20000 bytes has no room", exception.Message, StringComparison.Ordinal);
        Assert.Contains("(MaxQueueBytes 10000)", exception.Message, StringComparison.Ordinal);
        Assert.All(waiting, publish => Assert.False(publish.IsCompleted));
        Assert.Equal((20L, 0L), (harness.Counters.QueueMessages, harness.Counters.DroppedMessages.Value));
    }

    [Fact]
    public void DropOldest_InFlightLeavesTooLittleRoom_DropsNothing()
    {
        var limits = PublisherHarness.Limits with { MaxQueueBytes = 10_000, QueuePolicy = QueuePolicy.DropOldest, MaxCallsInFlight = 1 };
        using var harness = new PublisherHarness(limits);
        harness.Publish(Messages.OfSize(8_000));
        var waiting = harness.PublishMany(1, 3);

        var refused = harness.Publish(Messages.OfSize(5_000));

        Assert.IsType<BackplaneQueueFullException>(refused.Exception!.InnerException);
        Assert.All(waiting, publish => Assert.False(publish.IsCompleted));
    }

    [Fact]
    public void WhenDrained_Empty_IsComplete()
    {
        Assert.True(Harness.Publisher.WhenDrained().IsCompleted);
    }

    [Fact]
    public async Task WhenDrained_SomethingIsHeld_CompletesWithTheLastOfIt()
    {
        _ = Harness.Publish("1");
        _ = Harness.Publish("2");
        var drained = Harness.Publisher.WhenDrained();

        Harness.Calls[0].Stored(1);
        Assert.False(drained.IsCompleted);
        Assert.Same(drained, Harness.Publisher.WhenDrained());
        Harness.Calls[1].Stored(2);

        await drained.Bounded();
        Assert.True(Harness.Publisher.WhenDrained().IsCompleted);
    }

    [Fact]
    public async Task WhenDrained_WhatIsHeldTimesOut_Completes()
    {
        using var harness = new PublisherHarness(open: false);
        _ = harness.Publish("1");
        var drained = harness.Publisher.WhenDrained();

        harness.Time.Advance(PublisherHarness.Limits.PublishTimeout);

        await drained.Bounded();
    }
}
