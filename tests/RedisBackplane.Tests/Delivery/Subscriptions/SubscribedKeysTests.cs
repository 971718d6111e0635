namespace RedisBackplane.Tests.Delivery.Subscriptions;

/// <summary>The keys that a subscription follows, and how they change.</summary>
public sealed class SubscribedKeysTests
{
    [Fact]
    public void GroupChange_InTheMiddleOfAFrame_TakesEffectAtItsPlace()
    {
        using var harness = new DeliveryHarness();
        var client = harness.Connect(null, "me");
        harness.AppendAndRun(TestFrames.Create(
            1,
            TestFrames.Message("group"),
            TestFrames.Message("me", command: "add|group"),
            TestFrames.Message("group"),
            TestFrames.Message("me"),
            TestFrames.Message("group"),
            TestFrames.Message("me", command: "remove|group"),
            TestFrames.Message("group"),
            TestFrames.Message("me", command: "add|group"),
            TestFrames.Message("group")));
        Assert.Equal([2, 3, 4, 5, 6, 8, 9], client.Ids);
        Assert.Equal(["me", "group"], client.EventKeys);
        Assert.Null(client.Fault);
    }

    [Fact]
    public void GroupChange_WhileTheCommandIsDelivered_LeavesTheCursorThere()
    {
        using var harness = new DeliveryHarness();
        var client = new TestClient("c", "me");
        var answer = new TaskCompletionSource<bool>();
        client.Answer = () => answer.Task;
        harness.Subscribe(client, null);
        harness.AppendAndRun(TestFrames.Create(
            1, TestFrames.Message("me", command: "add|group"), TestFrames.Message("other"), TestFrames.Message("group")));
        Assert.Equal("s-0,1", client.LastCursor);
        Assert.Equal("s-0,1", client.ReadCursor());
        answer.SetResult(true);
        harness.Pool.RunAll();
        Assert.Equal([1, 3], client.Ids);
    }

    [Fact]
    public void Ack_WithACommandId_DoesNotEndTheBatch()
    {
        using var harness = new DeliveryHarness();
        var client = harness.Connect(null, "server");
        var ack = TestFrames.Message("server", command: "x");
        ack.IsAck = true;
        harness.AppendAndRun(TestFrames.Create(1, ack, ack, ack));
        Assert.Equal([1, 2, 3], client.Ids);
        Assert.Equal(1, client.Batches);
    }

    [Fact]
    public void EventKeys_ThatCannotChange_AreFollowedAndLeft()
    {
        using var harness = new DeliveryHarness();
        var client = new TestClient("acks") { EventKeys = new[] { "server" } };
        harness.Subscribe(client, null);
        harness.AppendAndRun(TestFrames.WithKeys(1, "server"));
        Assert.Equal([1], client.Ids);
        harness.Unsubscribe(client);
        harness.AppendAndRun(TestFrames.WithKeys(2, "server"));
        Assert.Equal([1], client.Ids);
    }

    [Fact]
    public void EventKeys_NamedTwice_AreDeliveredOnce()
    {
        using var harness = new DeliveryHarness();
        var client = harness.Connect(null, "a", "a", "\ud800", "\ud800");
        harness.AppendAndRun(TestFrames.WithKeys(1, "a", "\ud800", "\ud801", "\ufffd"));
        Assert.Equal([1, 2], client.Ids);
    }

    [Fact]
    public void Keys_DifferingInCase_AreDifferent()
    {
        using var harness = new DeliveryHarness();
        var client = harness.Connect(null, "hu-Chat.alice", "trigger");
        harness.AppendAndRun(TestFrames.WithKeys(1, "hu-Chat.ALICE", "trigger", "hu-Chat.alice"));
        Assert.Equal([2, 3], client.Ids);
    }

    [Fact]
    public void AddEvent_OutsideACallback_BeginsAtThePresent()
    {
        using var harness = new DeliveryHarness();
        var client = harness.Connect(null, "a");
        harness.AppendAndRun(TestFrames.WithKeys(1, "a", "group"));
        client.RaiseAdded("group");
        harness.AppendAndRun(TestFrames.WithKeys(3, "group"));
        Assert.Equal([1, 3], client.Ids);
    }

    [Fact]
    public void AddEvent_KeyFollowedAlready_ChangesNothing()
    {
        using var harness = new DeliveryHarness();
        var client = harness.Connect(null, "a");
        Assert.False(client.Subscription.AddEvent("a", null!));
        harness.AppendAndRun(TestFrames.WithKeys(1, "a"));
        Assert.Equal([1], client.Ids);
    }
}
