namespace RedisBackplane.Tests.Publishing;

public sealed class PublisherRetryTests : PublisherTest
{
    private static readonly PublisherLimits Pipelined = PublisherHarness.Limits with { MaxBatchMessages = 1 };

    [Fact]
    public async Task Retry_FailedCall_SendsTheSameBytesUnderTheSameNumber()
    {
        var publish = Harness.Publish("a");

        Harness.Sender.Last.Fail();
        Assert.Single(Harness.Calls);
        Harness.PassRetry();

        Assert.Equal(2, Harness.Calls.Count);
        Assert.Equal(Harness.Calls[0].Bytes, Harness.Calls[1].Bytes);
        Assert.Equal((1ul, 1ul), (Harness.Calls[1].Request.Number, Harness.Calls[1].Request.Oldest));
        Assert.False(publish.IsCompleted);
        Harness.Calls[1].Stored();
        await publish.Bounded();
        Harness.AssertIdle();
    }

    /// <summary>Without memory, for example. The stream must not wait for a call that was never issued.</summary>
    [Fact]
    public async Task Retry_OfACallThatThrowsInsteadOfFailing_SendsTheBatchAgain()
    {
        Harness.Sender.Failure = new InsufficientMemoryException();
        var first = Harness.Publish("a");
        var second = Harness.Publish("b");
        Assert.Empty(Harness.Calls);

        Harness.Sender.Failure = null;
        Harness.PassRetry();

        Harness.StoreAll(1);
        await Task.WhenAll(first, second).Bounded();
        Harness.AssertIdle();
    }

    [Fact]
    public void Retry_OneOfSeveralFails_WaitsUntilAllHaveEndedAndKeepsTheOrder()
    {
        using var harness = new PublisherHarness(Pipelined);
        harness.PublishMany(1, 6);
        Assert.Equal(4, harness.Calls.Count);

        harness.Calls[0].Fail();
        harness.Calls[2].Reply(BatchOutcome.OutOfTurn);
        harness.PassRetry();
        Assert.Equal(4, harness.Calls.Count);
        harness.Calls[1].Reply(BatchOutcome.OutOfTurn);
        harness.Calls[3].Fail();
        Assert.Equal(4, harness.Calls.Count);
        harness.PassRetry();

        Assert.Equal([1ul, 2ul, 3ul, 4ul], harness.Calls.Skip(4).Select(call => call.Number));
        Assert.All(harness.Calls.Skip(4), call => Assert.Equal(1ul, call.Request.Oldest));
        harness.StoreAll(first: 1);
        Assert.Equal(["1", "2", "3", "4", "5", "6"], harness.Calls.Skip(4).SelectMany(call => call.Values));
        harness.AssertIdle();
    }

    [Fact]
    public async Task Retry_TheFirstFailsAndALaterOneIsStored_SendsTheFirstAgain()
    {
        // The answer to the first batch was lost or late. The second one was stored, which proves that the first was
        // stored too. No later failure would wake the caller.
        using var harness = new PublisherHarness(Pipelined);
        var publishes = harness.PublishMany(1, 2);

        harness.Calls[0].Fail();
        harness.Calls[1].Stored(2);
        Assert.Equal([false, true], publishes.Select(publish => publish.IsCompleted));
        harness.PassRetry();

        Assert.Equal(1ul, harness.Sender.Last.Number);
        Assert.Equal(3, harness.Calls.Count);
        harness.Sender.Last.Reply(BatchOutcome.StoredBefore);
        await publishes[0].Bounded();
        harness.AssertIdle();
        var after = harness.Publish("after");
        harness.Sender.Last.Stored(3);
        Assert.True(after.IsCompleted);
    }

    [Fact]
    public void Retry_PublishedMeanwhile_ComesBehindWhatIsTriedAgain()
    {
        Harness.Publish("1");

        Harness.Sender.Last.Fail();
        Harness.Publish("2");
        Assert.Single(Harness.Calls);
        Harness.PassRetry();

        Assert.Equal([["1"], ["1"], ["2"]], Harness.Calls.Select(call => call.Values.ToArray()));
        Assert.Equal([1ul, 1ul, 2ul], Harness.Calls.Select(call => call.Number));
        Assert.Equal(1ul, Harness.Calls[2].Request.Oldest);
    }

    [Fact]
    public async Task Retry_OutOfTurn_IsTriedAgainAndIsNoError()
    {
        var publish = Harness.Publish("a");

        Harness.Sender.Last.Reply(BatchOutcome.OutOfTurn);
        Harness.PassRetry();
        Harness.Sender.Last.Stored();

        await publish.Bounded();
        Assert.Equal((2, 1L), (Harness.Calls.Count, Harness.Counters.InterruptedCalls.Value));
        Assert.Equal(0, Harness.SignalR.ScaleoutErrorsTotal.RawValue);
        Assert.Empty(Harness.Logger.Of(2001));
    }

    [Fact]
    public void Retry_FailureAfterFailure_WaitsLongerAndLongerUpToALimit()
    {
        using var harness = new PublisherHarness(PublisherHarness.Limits with { PublishTimeout = TimeSpan.FromMinutes(1) });
        harness.Publish("a");

        foreach (var delay in new[] { 20, 40, 80, 160, 320, 400, 400 })
        {
            var calls = harness.Calls.Count;
            harness.Sender.Last.Fail();
            harness.Time.Advance(TimeSpan.FromMilliseconds(delay - 1));
            Assert.Equal(calls, harness.Calls.Count);
            harness.Time.Advance(TimeSpan.FromMilliseconds(1));
            Assert.Equal(calls + 1, harness.Calls.Count);
        }

        harness.Sender.Last.Stored();
        harness.Publish("b");
        harness.Sender.Last.Fail();
        harness.Time.Advance(TimeSpan.FromMilliseconds(20));
        Assert.Equal("b", Assert.Single(harness.Sender.Unanswered).Values[0]);
    }

    [Fact]
    public void Retry_NotOpen_WaitsUntilItIs()
    {
        Harness.Publish("a");

        Harness.Sender.Last.Fail();
        Harness.Publisher.Close();
        Harness.PassRetry();
        Assert.Single(Harness.Calls);
        Harness.Publisher.Open();

        Assert.Equal(2, Harness.Calls.Count);
    }

    [Fact]
    public void Retry_OpenedAgain_DoesNotWaitForTheTimer()
    {
        Harness.Publish("a");
        Harness.Publisher.Close();
        Harness.Sender.Last.Fail();

        Harness.Publisher.Open();

        Assert.Equal(2, Harness.Calls.Count);
    }

    [Fact]
    public async Task Retry_FailedSend_DoesNotAffectTheNext()
    {
        var first = Harness.Publish("first");
        Harness.Sender.Last.Fail();
        Harness.PassRetry();
        Harness.Sender.Last.Stored();

        var next = Harness.Publish("next");
        Harness.Sender.Last.Stored(2);

        await first.Bounded();
        Assert.Equal(TaskStatus.RanToCompletion, next.Status);
        Assert.Equal((2L, 1L), (Harness.Counters.SentMessages.Value, Harness.Counters.InterruptedCalls.Value));
    }

    [Fact]
    public void Retry_Outage_IsLoggedAtItsBeginningAndItsEnd()
    {
        using var harness = new PublisherHarness(Pipelined);
        harness.PublishMany(1, 2);

        for (var round = 0; round < 3; round++)
        {
            foreach (var call in harness.Sender.Unanswered)
            {
                call.Fail("no route");
            }

            harness.PassRetry();
        }

        var failed = Assert.Single(harness.Logger.Of(2001));
        Assert.Equal("no route", failed.Exception!.Message);
        Assert.Empty(harness.Logger.Of(2002));
        harness.StoreAll(first: 1);
        Assert.Single(harness.Logger.Of(2002));
        Assert.Equal(6, harness.SignalR.ScaleoutErrorsTotal.RawValue);
    }

    [Fact]
    public void Retry_TheApplicationsLoggerThrows_TheQueueStaysTrue()
    {
        Harness.Logger.ThrowsOn = 2002;
        Harness.Publish("a");
        Harness.Sender.Last.Fail();
        Harness.PassRetry();

        Harness.Sender.Last.Stored();

        Harness.AssertIdle();
        Assert.Equal(1, Harness.Counters.InterruptedCalls.Value);
        var next = Harness.Publish("b");
        Harness.Sender.Last.Stored(2);
        Assert.True(next.IsCompleted);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Retry_NeededOrNot_TheBytesAreUsedAgainOnlyIfNoCallHoldsThem(bool isNeeded)
    {
        // A call that failed at the client may still be in the queue of a socket. Its bytes must not change, even after
        // a later call has stored the batch.
        using var harness = new PublisherHarness(PublisherHarness.Limits with { RepublishMaxBytes = 0 });
        harness.Publish("first");
        var first = harness.Sender.Last;
        if (isNeeded)
        {
            first.Fail();
            harness.PassRetry();
        }

        harness.Sender.Last.Stored(1);
        harness.Store([.. Enumerable.Repeat("another message, and another", 20)]);

        Assert.Equal(isNeeded, first.IsUntouched);
    }

    /// <summary>The outage is over, and nothing waits that would show it.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void LastError_NothingWaitsWhenTheConnectionIsBack_IsGoneAndTheNextOutageIsLogged(bool wasStoredBefore)
    {
        if (wasStoredBefore)
        {
            Harness.Store("before");
        }

        _ = Harness.Publish("a");
        Harness.Sender.Last.Fail("no route");
        Harness.Publisher.Close();
        Harness.Time.Advance(PublisherHarness.Limits.PublishTimeout + TimeSpan.FromSeconds(1));
        Assert.NotNull(Harness.Publisher.LastError);

        Harness.Publisher.Open();
        if (wasStoredBefore)
        {
            Assert.NotNull(Harness.Publisher.LastError);
            Harness.Sender.Last.Reply(BatchOutcome.StoredBefore);
        }

        Assert.Null(Harness.Publisher.LastError);
        _ = Harness.Publish("b");
        Harness.Sender.Last.Fail("no route");
        Assert.Equal(2, Harness.Logger.Of(2001).Count());
    }

    /// <summary>Who sends it again may hold a lock: the timer, or the receiver when the stream is open again.</summary>
    [Fact]
    public async Task Publish_IsStoredAtASecondAttempt_ItsCallerContinuesElsewhere()
    {
        var publish = Harness.Publish("a");
        var thread = publish.ContinueWith(
            _ => Environment.CurrentManagedThreadId,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        Harness.Sender.Last.Fail();
        Harness.Sender.Answer = static _ => new(BatchOutcome.Stored, 1);
        using var held = new ManualResetEventSlim();
        var retry = new Thread(() =>
        {
            Harness.PassRetry();
            held.Wait();
        }) { IsBackground = true };

        retry.Start();
        var continuedOn = await thread.Bounded();
        held.Set();
        retry.Join();

        Assert.NotEqual(retry.ManagedThreadId, continuedOn);
    }

    /// <summary>The exception is that of a factory or a provider.</summary>
    [Fact]
    public void Publish_TheMessageOfTheLastErrorThrows_FailsInTimeAndNamesItsType()
    {
        using var harness = new PublisherHarness(open: false, connectionError: static () => new UnspeakableException());
        var publish = harness.Publish("a");

        harness.Time.Advance(PublisherHarness.Limits.PublishTimeout + TimeSpan.FromSeconds(1));

        Assert.Contains(nameof(UnspeakableException), publish.Exception!.InnerException!.Message, StringComparison.Ordinal);
    }

    private sealed class UnspeakableException : Exception
    {
        public override string Message => throw new InvalidOperationException("The message is broken.");
    }
}
