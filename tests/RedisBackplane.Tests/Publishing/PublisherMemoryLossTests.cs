namespace RedisBackplane.Tests.Publishing;

/// <summary>A Redis that lost confirmed batches receives them again.</summary>
public sealed class PublisherMemoryLossTests : PublisherTest
{
    private static readonly PublisherLimits Pipelined = PublisherHarness.Limits with { MaxBatchMessages = 1 };

    [Fact]
    public async Task Forgotten_ASendFindsOut_SendsTheLostAgainBeforeIt()
    {
        Harness.Store("1", "2", "3");

        var publish = Harness.Publish("4");
        Assert.Equal(3ul, Harness.Sender.Last.Request.Claim);
        Harness.Forget(1);

        var again = Harness.Sender.Unanswered;
        Assert.Equal([["2"], ["3"], ["4"]], again.Select(call => call.Values.ToArray()));
        Assert.Equal([2ul, 3ul, 4ul], again.Select(call => call.Number));
        Assert.All(again, call => Assert.Equal(2ul, call.Request.Oldest));
        Assert.Equal(2, Harness.Counters.ReplayedMessages.Value);
        Assert.Contains("2 messages", Assert.Single(Harness.Logger.Of(2005)).Text, StringComparison.Ordinal);
        Assert.False(publish.IsCompleted);
        Harness.StoreAll(100);
        await publish.Bounded();
        Harness.AssertIdle();
    }

    [Fact]
    public void Forgotten_TheBytesAreThoseOfTheFirstTime()
    {
        Harness.Store("1", "2");

        Harness.Publish("3");
        Harness.Forget();

        Assert.Equal(Harness.Calls.Take(2).Select(call => call.Bytes), Harness.Sender.Unanswered.Take(2).Select(call => call.Bytes));
    }

    [Theory]
    [InlineData(10, 10)]
    [InlineData(FrameChunks.LongestFrame - 200, 10)]
    [InlineData(FrameChunks.LongestFrame + 1, 3)]
    public void Forgotten_FramesOfAnySize_TheBytesAreThoseOfTheFirstTime(int size, int frames)
    {
        Harness.Store(Enumerable.Range(1, frames).Select(i => Messages.OfSize(size + i)));

        for (var round = 0; round < 2; round++)
        {
            Harness.Publish("next");
            Harness.Forget();
            Harness.StoreAll(1000);
        }

        var sent = Harness.Calls.ToLookup(call => call.Number, call => call.Bytes);
        for (var i = 1; i <= frames; i++)
        {
            Assert.Equal(3, sent[(ulong)i].Count());
            Assert.All(sent[(ulong)i], bytes => Assert.Equal(sent[(ulong)i].First(), bytes));
        }
    }

    [Fact]
    public async Task Forgotten_WhileABatchIsTriedAgainThatALaterOneOvertook_SendsAllInTheirOrder()
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
        await Task.WhenAll(publishes).Bounded();
        harness.AssertIdle();
    }

    [Fact]
    public void Forgotten_Again_SendsThemOnceMore()
    {
        Harness.Store("1", "2");
        for (var round = 0; round < 3; round++)
        {
            Harness.Publish("next");
            Harness.Forget();
            Assert.Equal([1ul, 2ul], Harness.Sender.Unanswered.Take(2).Select(call => call.Number));
            Harness.StoreAll(10);
            Harness.AssertIdle();
        }
    }

    [Fact]
    public void Forgotten_SomeAndThenAll_SendsAllAgain()
    {
        // A replica that lagged takes over, and is itself lost soon after.
        Harness.Store("1", "2", "3");
        Harness.Publish("4");
        Harness.Forget(2);
        Harness.StoreAll(10);

        Harness.Publish("5");
        Harness.Forget();

        Assert.Equal([1ul, 2ul, 3ul, 4ul], Harness.UnansweredNumbers);
        Harness.StoreAll(20);
        Assert.Equal(5ul, Harness.Calls[^1].Number);
    }

    [Fact]
    public void Forgotten_MoreThanIsKept_SendsTheNewestThatAre()
    {
        // A frame of about 380 bytes is charged with about 450.
        using var harness = new PublisherHarness(PublisherHarness.Limits with { RepublishMaxBytes = 1100 }, open: true);
        harness.Store(Enumerable.Repeat(Messages.OfSize(300), 10));

        harness.Publish("11");
        harness.Forget();

        Assert.Equal([9ul, 10ul, 11ul], harness.UnansweredNumbers);
        Assert.All(harness.Sender.Unanswered, call => Assert.Equal(9ul, call.Request.Oldest));
    }

    [Fact]
    public void Forgotten_LongerAgoThanTheWindow_IsNoLongerClaimed()
    {
        Harness.Store("1");

        Harness.Time.Advance(PublisherHarness.Limits.RepublishWindow + TimeSpan.FromSeconds(1));
        Harness.Publish("2");

        Assert.Equal(0ul, Harness.Sender.Last.Request.Claim);
    }

    [Fact]
    public void Forgotten_InAnOutageLongerThanTheWindow_IsSentAgain()
    {
        Harness.Store("1");

        Harness.Publisher.Close();
        Harness.Time.Advance(PublisherHarness.Limits.RepublishWindow + TimeSpan.FromSeconds(10));
        Harness.Publisher.Open();
        Harness.Forget();

        Assert.Equal("1", Assert.Single(Harness.Sender.Unanswered).Values[0]);
    }

    [Fact]
    public void Forgotten_InAnOutageOfManyMinutes_IsNotSentAgain()
    {
        Harness.Store("1");

        Harness.Publisher.Close();
        Harness.Time.Advance(TimeSpan.FromMinutes(6));
        Harness.Publisher.Open();

        Assert.Empty(Harness.Sender.Unanswered);
    }

    [Fact]
    public void Verify_NothingSentLately_AsksNothing()
    {
        Harness.Publisher.Verify();

        Assert.Empty(Harness.Calls);
    }

    [Fact]
    public void Verify_RedisRemembers_DoesNothingMore()
    {
        Harness.Store("1");

        Harness.Publisher.Verify();
        var question = Harness.Sender.Last.Request;
        Harness.Sender.Last.Reply(BatchOutcome.StoredBefore);
        Harness.Time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal((0, 1ul, 1ul), (question.Count, question.Claim, question.Floor));
        Assert.Equal(2, Harness.Calls.Count);
        Harness.AssertIdle();
    }

    [Fact]
    public void Verify_RedisForgot_SendsAgain()
    {
        Harness.Store("1", "2");

        Harness.Publisher.Verify();
        Harness.Forget();

        Assert.Equal([1ul, 2ul], Harness.UnansweredNumbers);
        Harness.StoreAll(10);
        Harness.AssertIdle();
    }

    [Fact]
    public void Verify_TheQuestionFails_IsAskedAgain()
    {
        Harness.Store("1");

        Harness.Publisher.Verify();
        Harness.Sender.Last.Fail();
        Harness.PassRetry();
        Assert.Equal(0, Harness.Sender.Last.Request.Count);
        Harness.Forget();

        Assert.Equal(1ul, Assert.Single(Harness.Sender.Unanswered).Number);
    }

    [Fact]
    public void Verify_TheAnswerComesAfterASendHasFoundOut_SendsNothingTwice()
    {
        Harness.Store("1");
        Harness.Publisher.Verify();
        var question = Harness.Sender.Last;
        Harness.Publish("2");
        Harness.Forget();
        Harness.Sender.Unanswered[1].Stored(10);
        Harness.Sender.Unanswered[1].Stored(11);

        question.Reply(BatchOutcome.Forgotten, 0);
        Harness.PassRetry();

        // If batches are sent because of that late answer, Redis answers that it already has them.
        Harness.Sender.Unanswered.ForEach(call => call.Reply(BatchOutcome.StoredBefore));
        Harness.AssertIdle();
        Harness.Publish("3");
        Assert.Equal(3ul, Harness.Sender.Last.Number);
    }

    [Fact]
    public void Open_AfterAReconnect_AsksWhatRedisRemembers()
    {
        Harness.Store("1");

        Harness.Publisher.Close();
        Harness.Publisher.Open();

        Assert.Equal((0, 1ul), (Harness.Sender.Last.Request.Count, Harness.Sender.Last.Request.Claim));
    }

    [Fact]
    public void Replayed_MessagesStoredAgain_AreCountedAsSentOnce()
    {
        Harness.Store("1", "2");
        Harness.Publisher.Verify();
        Harness.Forget();

        Harness.StoreAll(10);

        Assert.Equal((2L, 2L), (Harness.Counters.SentMessages.Value, Harness.Counters.ReplayedMessages.Value));
    }
}
