namespace RedisBackplane.Tests.Delivery.Subscriptions;

/// <summary>The keys that a subscription follows, and how they change.</summary>
public sealed class SubscribedKeysTests : DeliveryTest
{
    [Fact]
    public void GroupChange_InTheMiddleOfAFrame_TakesEffectAtItsPlace()
    {
        var client = Harness.Connect(null, "me");
        Harness.AppendAndRun(TestFrames.Create(
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
        var client = new TestClient("c", "me");
        var answer = new TaskCompletionSource<bool>();
        client.Answer = () => answer.Task;
        Harness.Subscribe(client, null);
        Harness.AppendAndRun(TestFrames.Create(
            1, TestFrames.Message("me", command: "add|group"), TestFrames.Message("other"), TestFrames.Message("group")));
        Assert.Equal("s-0,1", client.LastCursor);
        Assert.Equal("s-0,1", client.ReadCursor());
        answer.SetResult(true);
        Harness.Pool.RunAll();
        Assert.Equal([1, 3], client.Ids);
    }

    [Fact]
    public void Ack_WithACommandId_DoesNotEndTheBatch()
    {
        var client = Harness.Connect(null, "server");
        var ack = TestFrames.Message("server", command: "x");
        ack.IsAck = true;
        Harness.AppendAndRun(TestFrames.Create(1, ack, ack, ack));
        Assert.Equal([1, 2, 3], client.Ids);
        Assert.Equal(1, client.Batches);
    }

    [Fact]
    public void EventKeys_ThatCannotChange_AreFollowedAndLeft()
    {
        var client = new TestClient("acks") { EventKeys = new[] { "server" } };
        Harness.Subscribe(client, null);
        Harness.AppendAndRun(TestFrames.WithKeys(1, "server"));
        Assert.Equal([1], client.Ids);
        Harness.Unsubscribe(client);
        Harness.AppendAndRun(TestFrames.WithKeys(2, "server"));
        Assert.Equal([1], client.Ids);
    }

    [Fact]
    public void EventKeys_NamedTwice_AreDeliveredOnce()
    {
        var client = Harness.Connect(null, "a", "a", "\ud800", "\ud800");
        Harness.AppendAndRun(TestFrames.WithKeys(1, "a", "\ud800", "\ud801", "\ufffd"));
        Assert.Equal([1, 2], client.Ids);
    }

    [Fact]
    public void Keys_DifferingInCase_AreDifferent()
    {
        var client = Harness.Connect(null, "hu-Chat.alice", "trigger");
        Harness.AppendAndRun(TestFrames.WithKeys(1, "hu-Chat.ALICE", "trigger", "hu-Chat.alice"));
        Assert.Equal([2, 3], client.Ids);
    }

    [Fact]
    public void AddEvent_OutsideACallback_BeginsAtThePresent()
    {
        var client = Harness.Connect(null, "a");
        Harness.AppendAndRun(TestFrames.WithKeys(1, "a", "group"));
        client.RaiseAdded("group");
        Harness.AppendAndRun(TestFrames.WithKeys(3, "group"));
        Assert.Equal([1, 3], client.Ids);
    }

    [Fact]
    public void AddEvent_KeyFollowedAlready_ChangesNothing()
    {
        var client = Harness.Connect(null, "a");
        Assert.False(client.Subscription.AddEvent("a", null!));
        Harness.AppendAndRun(TestFrames.WithKeys(1, "a"));
        Assert.Equal([1], client.Ids);
    }
}
