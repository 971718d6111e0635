namespace RedisBackplane.Tests.Publishing;

public sealed class PublisherDisposeTests : PublisherTest
{
    [Fact]
    public void Dispose_Idle_ReturnsAndPublishFailsFromThenOn()
    {
        Harness.Dispose();
        Harness.Dispose();

        var publish = Harness.Publish("a");
        var failure = Assert.IsType<BackplaneException>(publish.Exception!.InnerException);
        Assert.Contains("'Chat' was disposed", failure.Message, StringComparison.Ordinal);
        Assert.Empty(Harness.Calls);
        Assert.Empty(Harness.Logger.Lines);
        Assert.Equal(0, Harness.Time.ArmedTimers);
        Harness.AssertIdle();
    }

    [Fact]
    public async Task Dispose_Waiting_FailsWhatWaits()
    {
        var harness = new PublisherHarness(open: false);
        var publishes = harness.PublishMany(1, 5);
        var drained = harness.Publisher.WhenDrained();

        harness.Dispose();

        Assert.All(publishes, publish => Assert.IsType<BackplaneException>(publish.Exception!.InnerException));
        Assert.Contains("5 messages", Assert.Single(harness.Logger.Of(2004)).Text, StringComparison.Ordinal);
        await drained.Bounded();
        harness.AssertIdle();
        harness.Publisher.Open();
        Assert.Empty(harness.Calls);
    }

    /// <summary>What was sent may be stored. A caller that sends it elsewhere must know that.</summary>
    [Fact]
    public async Task Dispose_InFlightAndWaiting_SaysWhichMayHaveBeenDelivered()
    {
        var harness = new PublisherHarness(PublisherHarness.Limits with { MaxCallsInFlight = 1 });
        var sent = harness.Publish("a");
        var waiting = harness.Publish("b");

        harness.Dispose();

        var mayBeThere = await Assert.ThrowsAsync<BackplaneException>(sent.Bounded);
        Assert.Contains("may have been delivered", mayBeThere.Message, StringComparison.Ordinal);
        var notSent = await Assert.ThrowsAsync<BackplaneException>(waiting.Bounded);
        Assert.Contains("was not sent", notSent.Message, StringComparison.Ordinal);
        Assert.Contains("1 messages waited", Assert.Single(harness.Logger.Of(2004)).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Dispose_ContinuationOfAFailedPublishThatBlocks_Returns(int messages)
    {
        using var blocked = new ManualResetEventSlim();
        var publishes = Harness.PublishMany(1, messages);
        var goneOn = Task.WhenAll(publishes.Select(publish => publish.ContinueWith(
            _ => blocked.Wait(TimeSpan.FromSeconds(30)),
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default)));

        var disposed = Task.Run(Harness.Dispose);
        await disposed.Bounded();
        Assert.False(goneOn.IsCompleted);

        blocked.Set();
        await goneOn.Bounded();
        Assert.All(publishes, publish => Assert.IsType<BackplaneException>(publish.Exception!.InnerException));
    }

    [Theory]
    [InlineData("stored")]
    [InlineData("stored before")]
    [InlineData("out of turn")]
    [InlineData("forgotten")]
    [InlineData("failed")]
    public async Task Dispose_InFlight_FailsTheTaskAndTheCallEndsQuietly(string end)
    {
        var publish = Harness.Publish("a");
        var drained = Harness.Publisher.WhenDrained();

        Harness.Dispose();
        await Assert.ThrowsAsync<BackplaneException>(publish.Bounded);
        Answer(Harness.Sender.Last, end);

        await drained.Bounded();
        Harness.AssertIdle();
        Harness.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Single(Harness.Calls);
        Assert.Equal(0, Harness.Time.ArmedTimers);
        // Nothing is retried, so no log line may say so.
        Assert.Empty(Harness.Logger.Of(2001));
    }

    [Fact]
    public async Task Dispose_Interrupted_FailsWithTheLastError()
    {
        var publish = Harness.Publish("a");
        Harness.Sender.Last.Fail("no route");

        Harness.Dispose();

        var failure = await Assert.ThrowsAsync<BackplaneException>(publish.Bounded);
        Assert.Equal("no route", failure.InnerException!.Message);
        Harness.AssertIdle();
        Assert.Equal(0, Harness.Time.ArmedTimers);
    }

    [Fact]
    public async Task Dispose_WhileReplaying_LeavesNothingHeld()
    {
        Harness.Store("1");
        _ = Harness.Publish("2");
        Harness.Forget();
        Assert.Equal(2, Harness.Sender.Unanswered.Count);
        Harness.Sender.Unanswered[0].Fail();
        var drained = Harness.Publisher.WhenDrained();

        Harness.Dispose();
        Harness.Sender.Unanswered[0].Fail();

        await drained.Bounded();
        Harness.AssertIdle();
    }

    [Fact]
    public void Dispose_DuringASend_SendsNoMore()
    {
        var harness = new PublisherHarness(PublisherHarness.Limits with { MaxBatchMessages = 1 }, open: false);
        var publishes = harness.PublishMany(1, 3);
        harness.Sender.Answer = _ =>
        {
            harness.Dispose();
            throw new InvalidOperationException("closed");
        };

        harness.Publisher.Open();

        Assert.Single(harness.Calls);
        Assert.All(publishes, publish => Assert.True(publish.IsFaulted));
        harness.AssertIdle();
    }

    [Fact]
    public void Publish_AFailedTaskThatNobodyLooksAt_IsNotReportedAsUnobserved()
    {
        var unobserved = 0;
        void Count(object? sender, UnobservedTaskExceptionEventArgs e)
        {
            if (e.Exception.InnerException is BackplaneException)
            {
                Interlocked.Increment(ref unobserved);
            }
        }

        TaskScheduler.UnobservedTaskException += Count;
        PublishAndDispose();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        TaskScheduler.UnobservedTaskException -= Count;

        Assert.Equal(0, unobserved);
    }

    private static void PublishAndDispose()
    {
        var harness = new PublisherHarness(PublisherHarness.Limits with { MaxQueueMessages = 1 }, open: false);
        _ = harness.Publish("nobody looks at me");
        _ = harness.Publish("the queue is full");
        harness.Dispose();
        _ = harness.Publish("too late");
    }

    private static void Answer(SendCall call, string end)
    {
        if (end == "failed")
        {
            call.Fail();
            return;
        }

        var (outcome, value) = end switch
        {
            "stored" => (BatchOutcome.Stored, 1ul),
            "stored before" => (BatchOutcome.StoredBefore, 0ul),
            "out of turn" => (BatchOutcome.OutOfTurn, 0ul),
            _ => (BatchOutcome.Forgotten, 0ul),
        };
        call.Reply(outcome, value);
    }
}
