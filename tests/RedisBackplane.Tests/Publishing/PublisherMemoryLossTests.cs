namespace RedisBackplane.Tests.Publishing;

/// <summary>A Redis that lost confirmed batches receives them again.</summary>
public sealed class PublisherMemoryLossTests
{
    private static readonly PublisherLimits Pipelined = PublisherHarness.Limits with { MaxBatchMessages = 1 };

    [Fact]
    public void Forgotten_ASendFindsOut_SendsTheLostAgainBeforeIt()
    {
        using var harness = new PublisherHarness();
        harness.Store("1", "2", "3");

        var publish = harness.Publish("4");
        Assert.Equal(3ul, harness.Sender.Last.Request.Claim);
        harness.Forget(1);

        var again = harness.Sender.Unanswered;
        Assert.Equal([["2"], ["3"], ["4"]], again.Select(call => call.Values.ToArray()));
        Assert.Equal([2ul, 3ul, 4ul], again.Select(call => call.Number));
        Assert.All(again, call => Assert.Equal(2ul, call.Request.Oldest));
        Assert.Equal(2, harness.Counters.ReplayedMessages.Value);
        Assert.Contains("2 messages", Assert.Single(harness.Logger.Of(2005)).Text, StringComparison.Ordinal);
        Assert.False(publish.IsCompleted);
        harness.StoreAll(100);
        Assert.True(publish.IsCompleted);
        harness.AssertIdle();
    }

    [Fact]
    public void Forgotten_TheBytesAreThoseOfTheFirstTime()
    {
        using var harness = new PublisherHarness();
        harness.Store("1", "2");

        harness.Publish("3");
        harness.Forget();

        Assert.Equal(harness.Calls.Take(2).Select(call => call.Bytes), harness.Sender.Unanswered.Take(2).Select(call => call.Bytes));
    }

    [Theory]
    [InlineData(10, 10)]
    [InlineData(FrameChunks.LongestFrame - 200, 10)]
    [InlineData(FrameChunks.LongestFrame + 1, 3)]
    public void Forgotten_FramesOfAnySize_TheBytesAreThoseOfTheFirstTime(int size, int frames)
    {
        using var harness = new PublisherHarness();
        for (var i = 1; i <= frames; i++)
        {
            harness.Publish(Messages.OfSize(size + i));
            harness.Sender.Last.Stored((ulong)i);
        }

        for (var round = 0; round < 2; round++)
        {
            harness.Publish("next");
            harness.Forget();
            harness.StoreAll(1000);
        }

        var sent = harness.Calls.ToLookup(call => call.Number, call => call.Bytes);
        for (var i = 1; i <= frames; i++)
        {
            Assert.Equal(3, sent[(ulong)i].Count());
            Assert.All(sent[(ulong)i], bytes => Assert.Equal(sent[(ulong)i].First(), bytes));
        }
    }

    [Fact]
    public void Forgotten_WhileABatchIsTriedAgainThatALaterOneOvertook_SendsAllInTheirOrder()
    {
        // Batch 1 failed at the client but was stored, and batch 2 was stored. Then Redis lost both. Batch 1 waits to
        // be sent again; batch 2 is kept as settled.
        using var harness = new PublisherHarness(Pipelined);
        var publishes = harness.PublishMany(1, 2);
        harness.Calls[0].Fail();
        harness.Calls[1].Stored(2);
        harness.PassRetry();
        harness.Forget();

        Assert.Equal([1ul, 2ul], harness.UnansweredNumbers);
        Assert.All(harness.Sender.Unanswered, call => Assert.Equal(1ul, call.Request.Oldest));
        harness.StoreAll(10);
        Assert.All(publishes, publish => Assert.Equal(TaskStatus.RanToCompletion, publish.Status));
        harness.AssertIdle();
    }

    [Fact]
    public void Forgotten_Again_SendsThemOnceMore()
    {
        using var harness = new PublisherHarness();
        harness.Store("1", "2");
        for (var round = 0; round < 3; round++)
        {
            harness.Publish("next");
            harness.Forget();
            Assert.Equal([1ul, 2ul], harness.Sender.Unanswered.Take(2).Select(call => call.Number));
            harness.StoreAll(10);
            harness.AssertIdle();
        }
    }

    [Fact]
    public void Forgotten_SomeAndThenAll_SendsAllAgain()
    {
        // A replica that lagged takes over, and is itself lost soon after.
        using var harness = new PublisherHarness();
        harness.Store("1", "2", "3");
        harness.Publish("4");
        harness.Forget(2);
        harness.StoreAll(10);

        harness.Publish("5");
        harness.Forget();

        Assert.Equal([1ul, 2ul, 3ul, 4ul], harness.UnansweredNumbers);
        harness.StoreAll(20);
        Assert.Equal(5ul, harness.Calls[^1].Number);
    }

    [Fact]
    public void Forgotten_MoreThanIsKept_SendsTheNewestThatAre()
    {
        // A frame of about 380 bytes is charged with about 450.
        using var harness = new PublisherHarness(PublisherHarness.Limits with { RepublishMaxBytes = 1100 }, open: true);
        for (var i = 0; i < 10; i++)
        {
            harness.Publish(Messages.OfSize(300));
            harness.Sender.Last.Stored((ulong)i + 1);
        }

        harness.Publish("11");
        harness.Forget();

        Assert.Equal([9ul, 10ul, 11ul], harness.UnansweredNumbers);
        Assert.All(harness.Sender.Unanswered, call => Assert.Equal(9ul, call.Request.Oldest));
    }

    [Fact]
    public void Forgotten_LongerAgoThanTheWindow_IsNoLongerClaimed()
    {
        using var harness = new PublisherHarness();
        harness.Store("1");

        harness.Time.Advance(PublisherHarness.Limits.RepublishWindow + TimeSpan.FromSeconds(1));
        harness.Publish("2");

        Assert.Equal(0ul, harness.Sender.Last.Request.Claim);
    }

    [Fact]
    public void Forgotten_InAnOutageLongerThanTheWindow_IsSentAgain()
    {
        using var harness = new PublisherHarness();
        harness.Store("1");

        harness.Publisher.Close();
        harness.Time.Advance(PublisherHarness.Limits.RepublishWindow + TimeSpan.FromSeconds(10));
        harness.Publisher.Open();
        harness.Forget();

        Assert.Equal("1", Assert.Single(harness.Sender.Unanswered).Values[0]);
    }

    [Fact]
    public void Forgotten_InAnOutageOfManyMinutes_IsNotSentAgain()
    {
        using var harness = new PublisherHarness();
        harness.Store("1");

        harness.Publisher.Close();
        harness.Time.Advance(TimeSpan.FromMinutes(6));
        harness.Publisher.Open();

        Assert.Empty(harness.Sender.Unanswered);
    }

    [Fact]
    public void Verify_NothingSentLately_AsksNothing()
    {
        using var harness = new PublisherHarness();

        harness.Publisher.Verify();

        Assert.Empty(harness.Calls);
    }

    [Fact]
    public void Verify_RedisRemembers_DoesNothingMore()
    {
        using var harness = new PublisherHarness();
        harness.Store("1");

        harness.Publisher.Verify();
        var question = harness.Sender.Last.Request;
        harness.Sender.Last.Reply(BatchOutcome.StoredBefore);
        harness.Time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal((0, 1ul, 1ul), (question.Count, question.Claim, question.Floor));
        Assert.Equal(2, harness.Calls.Count);
        harness.AssertIdle();
    }

    [Fact]
    public void Verify_RedisForgot_SendsAgain()
    {
        using var harness = new PublisherHarness();
        harness.Store("1", "2");

        harness.Publisher.Verify();
        harness.Forget();

        Assert.Equal([1ul, 2ul], harness.UnansweredNumbers);
        harness.StoreAll(10);
        harness.AssertIdle();
    }

    [Fact]
    public void Verify_TheQuestionFails_IsAskedAgain()
    {
        using var harness = new PublisherHarness();
        harness.Store("1");

        harness.Publisher.Verify();
        harness.Sender.Last.Fail();
        harness.PassRetry();
        Assert.Equal(0, harness.Sender.Last.Request.Count);
        harness.Forget();

        Assert.Equal(1ul, Assert.Single(harness.Sender.Unanswered).Number);
    }

    [Fact]
    public void Verify_TheAnswerComesAfterASendHasFoundOut_SendsNothingTwice()
    {
        using var harness = new PublisherHarness();
        harness.Store("1");
        harness.Publisher.Verify();
        var question = harness.Sender.Last;
        harness.Publish("2");
        harness.Forget();
        harness.Sender.Unanswered[1].Stored(10);
        harness.Sender.Unanswered[1].Stored(11);

        question.Reply(BatchOutcome.Forgotten, 0);
        harness.PassRetry();

        // If batches are sent because of that late answer, Redis answers that it already has them.
        harness.Sender.Unanswered.ForEach(call => call.Reply(BatchOutcome.StoredBefore));
        harness.AssertIdle();
        harness.Publish("3");
        Assert.Equal(3ul, harness.Sender.Last.Number);
    }

    [Fact]
    public void Open_AfterAReconnect_AsksWhatRedisRemembers()
    {
        using var harness = new PublisherHarness();
        harness.Store("1");

        harness.Publisher.Close();
        harness.Publisher.Open();

        Assert.Equal((0, 1ul), (harness.Sender.Last.Request.Count, harness.Sender.Last.Request.Claim));
    }

    [Fact]
    public void Replayed_MessagesStoredAgain_AreCountedAsSentOnce()
    {
        using var harness = new PublisherHarness();
        harness.Store("1", "2");
        harness.Publisher.Verify();
        harness.Forget();

        harness.StoreAll(10);

        Assert.Equal((2L, 2L), (harness.Counters.SentMessages.Value, harness.Counters.ReplayedMessages.Value));
    }
}
