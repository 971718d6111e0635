namespace RedisBackplane.Tests.Delivery.Subscriptions;

public sealed class BackplaneSubscriptionTests : DeliveryTest
{
    [Fact]
    public void Subscription_MessagesOfSeveralKeys_ComeInIdOrder()
    {
        var client = Harness.Connect(null, "a", "b", "c");
        Harness.Append(TestFrames.WithKeys(1, "c", "a", "x", "b", "a", "c"));
        Harness.Append(TestFrames.WithKeys(7, "y", "b", "b", "a"));
        Harness.Pool.RunAll();
        Assert.Equal([1, 2, 4, 5, 6, 8, 9, 10], client.Ids);
        Assert.Null(client.Fault);
    }

    [Fact]
    public void Subscription_WithoutCursor_BeginsAtThePresent()
    {
        Harness.Append(TestFrames.WithKeys(1, "a", "a"));
        var client = Harness.Connect(null, "a");
        Assert.Empty(client.Ids);
        Harness.AppendAndRun(TestFrames.WithKeys(3, "a"));
        Assert.Equal([3], client.Ids);
    }

    [Fact]
    public void Subscription_WithoutCursor_DoesNotGetWhatThisServerHadStoredAndNotYetReceived()
    {
        Harness.AppendAndRun(TestFrames.WithKeys(1, "a"));
        var highest = 1UL;
        Harness.Delivery.SetHighestId(0, () => highest);
        highest = 3;

        var client = Harness.Connect(null, "a");
        Assert.Equal("s-0,3", client.ReadCursor());
        Harness.AppendAndRun(TestFrames.WithKeys(2, "a", "a"));
        Assert.Empty(client.Ids);
        Harness.AppendAndRun(TestFrames.WithKeys(4, "b", "a"));

        Assert.Equal([5], client.Ids);
        Assert.Equal("s-0,5", client.ReadCursor());
        Assert.Equal(0, Harness.Counters.ForeignCursors.Value);
    }

    [Fact]
    public void Subscription_BeforeItIsActive_DeliversNothingAndLosesNothing()
    {
        var client = new TestClient("c", "a");
        var subscription = Harness.Delivery.CreateSubscription(client, null, client.Callback, 10, null);
        client.Subscription = subscription;
        client.WriteCursor = client.Subscription.WriteCursor;
        Harness.AppendAndRun(TestFrames.WithKeys(1, "a"));
        Assert.Empty(client.Ids);
        Assert.Equal("s-0,0", client.ReadCursor());

        subscription.Activate();
        Harness.Pool.RunAll();
        Assert.Equal([1], client.Ids);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1000)]
    public void Subscription_MaxMessages_IsTheLargestBatch(int max)
    {
        var client = new TestClient("c", "a", "b");
        Harness.Subscribe(client, null, max);
        Harness.AppendAndRun(TestFrames.WithKeys(1, [.. Enumerable.Range(0, 200).Select(i => i % 3 == 0 ? "a" : "b")]));
        Assert.Equal(Enumerable.Range(1, 200).Select(i => (ulong)i), client.Ids);
        Assert.Equal(Math.Min(max, 200), client.LargestBatch);
    }

    [Fact]
    public void Subscription_MaxMessagesOfNone_DeliversNothing()
    {
        var client = new TestClient("c", "a");
        Harness.Subscribe(client, null, 0);
        Harness.AppendAndRun(TestFrames.WithKeys(1, "a"));
        Assert.Empty(client.Ids);
        Assert.Equal("s-0,0", client.ReadCursor());
    }

    [Fact]
    public void Cursor_IdleSubscription_MovesOnWithTheStream()
    {
        var client = Harness.Connect(null, "a");
        Harness.AppendAndRun(TestFrames.WithKeys(1, "x", "x", "x"));
        Assert.Equal("s-0,3", client.ReadCursor());
        Assert.Equal("s-0,3", Harness.Unsubscribe(client));
    }

    [Fact]
    public void Cursor_BatchUnderWay_StaysAtItsEnd()
    {
        var client = new TestClient("c", "a");
        var answer = new TaskCompletionSource<bool>();
        client.Answer = () => answer.Task;
        Harness.Subscribe(client, null, 2);
        Harness.AppendAndRun(TestFrames.WithKeys(1, "a", "a", "x", "a"));
        Harness.AppendAndRun(TestFrames.WithKeys(5, "x"));
        Assert.Equal("s-0,2", client.ReadCursor());
        answer.SetResult(true);
        Harness.Pool.RunAll();
        Assert.Equal([1, 2, 4], client.Ids);
        Assert.Equal("s-0,5", client.ReadCursor());
    }

    [Fact]
    public void Dispose_MessagesWaiting_LeavesTheCursorBeforeThem()
    {
        var client = Harness.Connect(null, "a");
        Harness.AppendAndRun(TestFrames.WithKeys(1, "a", "x"));
        Harness.Append(TestFrames.WithKeys(3, "x", "a"));
        Assert.Equal("s-0,2", Harness.Unsubscribe(client));
        Assert.True(client.GotTerminal);

        Harness.Subscribe(client, "s-0,2");
        Harness.Pool.RunAll();
        Assert.Equal([1, 4], client.Ids.Where(id => id > 0));
    }

    [Fact]
    public void Dispose_Twice_CountsOnce()
    {
        var client = Harness.Connect(null, "a");
        Assert.Equal(1, Harness.Counters.Subscriptions.Value);
        client.Subscription.Dispose();
        client.Subscription.Dispose();
        Assert.Equal(0, Harness.Counters.Subscriptions.Value);
        Assert.Equal(0, Harness.SignalRCounters.MessageBusSubscribersCurrent.RawValue);
        Harness.AppendAndRun(TestFrames.WithKeys(1, "a"));
        Assert.Empty(client.Ids);
    }

    [Fact]
    public void Streams_Several_KeepTheirOwnOrderAndCursor()
    {
        using var harness = new DeliveryHarness(streams: 3);
        var client = harness.Connect(null, "a");
        harness.Append(TestFrames.WithKeys(1, "a", "a"), 0);
        harness.Append(TestFrames.WithKeys(10, "a"), 2);
        harness.Append(TestFrames.WithKeys(3, "a"), 0);
        harness.Pool.RunAll();
        Assert.Equal([1, 2, 3], client.Received.Where(m => m.Stream == 0).Select(m => m.Id));
        Assert.Equal([10], client.Received.Where(m => m.Stream == 2).Select(m => m.Id));
        Assert.Equal("s-0,3|1,0|2,A", client.ReadCursor());
    }

    [Fact]
    public void Streams_OneWithoutEnd_DoesNotHoldUpTheOthers()
    {
        using var harness = new DeliveryHarness(streams: 2);
        var client = new TestClient("c", "a");
        harness.Subscribe(client, null, 5);
        harness.Append(TestFrames.WithKeys(1, [.. Enumerable.Repeat("a", 100)]), 0);
        harness.Append(TestFrames.WithKeys(1, "a"), 1);
        harness.Pool.RunAll();
        Assert.Equal(101, client.Received.Count);
        Assert.InRange(client.Received.FindIndex(m => m.Stream == 1), 0, 10);
    }

    [Fact]
    public void Counters_AfterDelivery_SayWhatHappened()
    {
        Harness.Connect(null, "a");
        Harness.Connect(null, "a", "b");
        Harness.AppendAndRun(TestFrames.WithKeys(1, "a", "b", "x", "x"));
        Assert.Equal(4, Harness.Counters.ReceivedMessages.Value);
        Assert.Equal(2, Harness.Counters.UnheardMessages.Value);
        Assert.Equal(3, Harness.Counters.DeliveredMessages.Value);
        Assert.Equal(2, Harness.Counters.Subscriptions.Value);
        Assert.Equal(2, Harness.Counters.IndexedKeys.Value);
        Assert.Equal(4, Harness.Counters.LogMessages.Value);
        Assert.Equal(4, Harness.SignalRCounters.ScaleoutMessageBusMessagesReceivedPerSec.RawValue);
        Assert.Equal(3, Harness.SignalRCounters.MessageBusMessagesReceivedTotal.RawValue);
        Assert.Equal(0, Harness.Counters.Overruns.Value);
    }
}
