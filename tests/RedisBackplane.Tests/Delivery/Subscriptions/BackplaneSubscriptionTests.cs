using Microsoft.AspNet.SignalR.Messaging;
using RedisBackplane.Wire;

namespace RedisBackplane.Tests.Delivery.Subscriptions;

public sealed class BackplaneSubscriptionTests
{
    [Fact]
    public void Subscription_MessagesOfSeveralKeys_ComeInIdOrder()
    {
        using var harness = new DeliveryHarness();
        var client = harness.Connect(null, "a", "b", "c");
        harness.Append(TestFrames.WithKeys(1, "c", "a", "x", "b", "a", "c"));
        harness.Append(TestFrames.WithKeys(7, "y", "b", "b", "a"));
        harness.Pool.RunAll();
        Assert.Equal([1, 2, 4, 5, 6, 8, 9, 10], client.Ids);
        Assert.Null(client.Fault);
    }

    [Fact]
    public void Subscription_WithoutCursor_BeginsAtThePresent()
    {
        using var harness = new DeliveryHarness();
        harness.Append(TestFrames.WithKeys(1, "a", "a"));
        var client = harness.Connect(null, "a");
        Assert.Empty(client.Ids);
        harness.AppendAndRun(TestFrames.WithKeys(3, "a"));
        Assert.Equal([3], client.Ids);
    }

    [Fact]
    public void Subscription_WithoutCursor_DoesNotGetWhatThisServerHadStoredAndNotYetReceived()
    {
        using var harness = new DeliveryHarness();
        harness.AppendAndRun(TestFrames.WithKeys(1, "a"));
        var highest = 1UL;
        harness.Delivery.SetHighestId(0, () => highest);
        highest = 3;

        var client = harness.Connect(null, "a");
        Assert.Equal("s-0,3", client.ReadCursor());
        harness.AppendAndRun(TestFrames.WithKeys(2, "a", "a"));
        Assert.Empty(client.Ids);
        harness.AppendAndRun(TestFrames.WithKeys(4, "b", "a"));

        Assert.Equal([5], client.Ids);
        Assert.Equal("s-0,5", client.ReadCursor());
        Assert.Equal(0, harness.Counters.ForeignCursors.Value);
    }

    [Fact]
    public void Subscription_BeforeItIsActive_DeliversNothingAndLosesNothing()
    {
        using var harness = new DeliveryHarness();
        var client = new TestClient("c", "a");
        var subscription = harness.Delivery.CreateSubscription(client, null, client.Callback, 10, null);
        client.Subscription = subscription;
        client.WriteCursor = client.Subscription.WriteCursor;
        harness.AppendAndRun(TestFrames.WithKeys(1, "a"));
        Assert.Empty(client.Ids);
        Assert.Equal("s-0,0", client.ReadCursor());

        subscription.Activate();
        harness.Pool.RunAll();
        Assert.Equal([1], client.Ids);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1000)]
    public void Subscription_MaxMessages_IsTheLargestBatch(int max)
    {
        using var harness = new DeliveryHarness();
        var client = new TestClient("c", "a", "b");
        harness.Subscribe(client, null, max);
        harness.AppendAndRun(TestFrames.WithKeys(1, [.. Enumerable.Range(0, 200).Select(i => i % 3 == 0 ? "a" : "b")]));
        Assert.Equal(Enumerable.Range(1, 200).Select(i => (ulong)i), client.Ids);
        Assert.Equal(Math.Min(max, 200), client.LargestBatch);
    }

    [Fact]
    public void Subscription_MaxMessagesOfNone_DeliversNothing()
    {
        using var harness = new DeliveryHarness();
        var client = new TestClient("c", "a");
        harness.Subscribe(client, null, 0);
        harness.AppendAndRun(TestFrames.WithKeys(1, "a"));
        Assert.Empty(client.Ids);
        Assert.Equal("s-0,0", client.ReadCursor());
    }

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
    public void Cursor_IdleSubscription_MovesOnWithTheStream()
    {
        using var harness = new DeliveryHarness();
        var client = harness.Connect(null, "a");
        harness.AppendAndRun(TestFrames.WithKeys(1, "x", "x", "x"));
        Assert.Equal("s-0,3", client.ReadCursor());
        Assert.Equal("s-0,3", harness.Unsubscribe(client));
    }

    [Fact]
    public void Cursor_BatchUnderWay_StaysAtItsEnd()
    {
        using var harness = new DeliveryHarness();
        var client = new TestClient("c", "a");
        var answer = new TaskCompletionSource<bool>();
        client.Answer = () => answer.Task;
        harness.Subscribe(client, null, 2);
        harness.AppendAndRun(TestFrames.WithKeys(1, "a", "a", "x", "a"));
        harness.AppendAndRun(TestFrames.WithKeys(5, "x"));
        Assert.Equal("s-0,2", client.ReadCursor());
        answer.SetResult(true);
        harness.Pool.RunAll();
        Assert.Equal([1, 2, 4], client.Ids);
        Assert.Equal("s-0,5", client.ReadCursor());
    }

    [Fact]
    public void Dispose_MessagesWaiting_LeavesTheCursorBeforeThem()
    {
        using var harness = new DeliveryHarness();
        var client = harness.Connect(null, "a");
        harness.AppendAndRun(TestFrames.WithKeys(1, "a", "x"));
        harness.Append(TestFrames.WithKeys(3, "x", "a"));
        Assert.Equal("s-0,2", harness.Unsubscribe(client));
        Assert.True(client.GotTerminal);

        harness.Subscribe(client, "s-0,2");
        harness.Pool.RunAll();
        Assert.Equal([1, 4], client.Ids.Where(id => id > 0));
    }

    [Fact]
    public void Dispose_Twice_CountsOnce()
    {
        using var harness = new DeliveryHarness();
        var client = harness.Connect(null, "a");
        Assert.Equal(1, harness.Counters.Subscriptions.Value);
        client.Subscription.Dispose();
        client.Subscription.Dispose();
        Assert.Equal(0, harness.Counters.Subscriptions.Value);
        Assert.Equal(0, harness.SignalRCounters.MessageBusSubscribersCurrent.RawValue);
        harness.AppendAndRun(TestFrames.WithKeys(1, "a"));
        Assert.Empty(client.Ids);
    }

    [Fact]
    public void Callback_SaysStop_EndsTheSubscription()
    {
        using var harness = new DeliveryHarness();
        var client = harness.Connect(null, "a");
        client.Answer = () => Task.FromResult(false);
        harness.AppendAndRun(TestFrames.WithKeys(1, "a"));
        harness.AppendAndRun(TestFrames.WithKeys(2, "a"));
        Assert.Equal([1], client.Ids);
        Assert.Equal(0, harness.Counters.Subscriptions.Value);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Callback_Fails_EndsTheSubscriptionAndNoOther(bool later)
    {
        using var harness = new DeliveryHarness();
        var failing = harness.Connect(null, "a");
        var other = harness.Connect(null, "a");
        var answer = new TaskCompletionSource<bool>();
        failing.Answer = () => later ? answer.Task : throw new InvalidOperationException("as intended");
        harness.AppendAndRun(TestFrames.WithKeys(1, "a"));
        if (later)
        {
            answer.SetException(new InvalidOperationException("as intended"));
        }

        harness.AppendAndRun(TestFrames.WithKeys(2, "a"));
        Assert.Equal([1], failing.Ids);
        Assert.Equal([1, 2], other.Ids);
        Assert.Equal(1, harness.Counters.Subscriptions.Value);
        Assert.Equal(0, harness.SignalRCounters.MessageBusBusyWorkers.RawValue);
        Assert.Equal(0, harness.SignalRCounters.MessageBusAllocatedWorkers.RawValue);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Take_MessageThatCannotBeMade_EndsTheSubscriptionAndNoOther(int subscriptions)
    {
        using var harness = new DeliveryHarness();
        var failing = Enumerable.Range(0, subscriptions).Select(_ => harness.Connect(null, "a")).ToList();
        var other = harness.Connect(null, "b");
        var damaged = TestFrames.WithKeys(2, "a");
        harness.Append(TestFrames.WithKeys(1, "a"));
        harness.Append(damaged);
        damaged.Buffer.AsSpan(FrameLayout.Messages).Fill(0xFF);
        harness.Pool.RunAll();

        harness.AppendAndRun(TestFrames.WithKeys(3, "b", "a"));

        Assert.Equal([3], other.Ids);
        Assert.All(failing, client => Assert.Empty(client.Ids));
        Assert.Equal(1, harness.Counters.Subscriptions.Value);
        Assert.Equal(0, harness.SignalRCounters.MessageBusBusyWorkers.RawValue);
    }

    [Fact]
    public void Callback_Waits_HoldsUpNobodyElse()
    {
        using var harness = new DeliveryHarness();
        var slow = harness.Connect(null, "a");
        var answer = new TaskCompletionSource<bool>();
        slow.Answer = () => answer.Task;
        var fast = harness.Connect(null, "a");
        for (ulong id = 1; id <= 50; id++)
        {
            harness.AppendAndRun(TestFrames.WithKeys(id, "a"));
        }

        Assert.Equal([1], slow.Ids);
        Assert.Equal(50, fast.Ids.Count);
        answer.SetResult(true);
        harness.Pool.RunAll();
        Assert.Equal(fast.Ids, slow.Ids);
        Assert.Equal(0, harness.SignalRCounters.MessageBusBusyWorkers.RawValue);
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
    public void Message_Delivered_HasAllItsFields()
    {
        using var harness = new DeliveryHarness();
        var client = harness.Connect(null, "a");
        var seen = new List<Message>();
        client.OnMessage = seen.Add;
        var sent = TestFrames.Message("a", "gr\u00fc\u00dfe", "sender");
        sent.Filter = "c-1|c-2";
        sent.WaitForAck = true;
        var command = TestFrames.Message("a", "{\"x\":1}", "sender", "id");
        harness.AppendAndRun(TestFrames.Create(9, TestFrames.Message("x", "first"), sent, command));

        Assert.Equal(2, seen.Count);
        Assert.Equal("a", seen[0].Key);
        Assert.Equal("gr\u00fc\u00dfe", seen[0].GetString());
        Assert.Equal("sender", seen[0].Source);
        Assert.Equal("c-1|c-2", seen[0].Filter);
        Assert.True(seen[0].WaitForAck);
        Assert.Equal(10UL, seen[0].MappingId);
        Assert.Equal("id", seen[1].CommandId);
        Assert.Equal(0, seen[1].Value.Offset);
        Assert.Equal("{\"x\":1}", seen[1].GetString());
    }

    [Fact]
    public void Message_OfSeveralSubscribers_IsMadeOnce()
    {
        using var harness = new DeliveryHarness();
        var seen = new List<Message>();
        for (var i = 0; i < 3; i++)
        {
            harness.Connect(null, "a").OnMessage = seen.Add;
        }

        harness.AppendAndRun(TestFrames.WithKeys(1, "a"));
        Assert.Equal(3, seen.Count);
        Assert.Single(seen.Distinct());
    }

    [Fact]
    public void Message_SmallPartOfALargeFrame_DoesNotKeepTheFrameAlive()
    {
        using var harness = new DeliveryHarness();
        var client = harness.Connect(null, "a");
        var seen = new List<Message>();
        client.OnMessage = seen.Add;
        harness.AppendAndRun(TestFrames.Create(1, TestFrames.Message("a", "mine"), TestFrames.Message("x", new string('x', 10_000))));
        harness.AppendAndRun(TestFrames.Create(3, TestFrames.Message("a", "mine"), TestFrames.Message("a", new string('x', 10_000))));
        Assert.Equal(4, seen[0].Value.Array!.Length);
        Assert.Equal("mine", seen[0].GetString());
        Assert.Same(seen[1].Value.Array, seen[2].Value.Array);
    }

    [Fact]
    public void Batch_OfMessagesInLargeFrames_EndsBeforeItPinsTooMuch()
    {
        using var harness = new DeliveryHarness(DeliveryHarness.DefaultLimits with { MaxPinnedBytes = 100_000 });
        var client = harness.Connect(null, "a");
        for (ulong id = 1; id <= 8; id++)
        {
            harness.Append(TestFrames.Create(id, TestFrames.Message("a", new string('x', 40_000))));
        }

        harness.Pool.RunAll();
        Assert.Equal(8, client.Ids.Count);
        Assert.Equal(3, client.LargestBatch);
    }

    [Fact]
    public void Counters_AfterDelivery_SayWhatHappened()
    {
        using var harness = new DeliveryHarness();
        harness.Connect(null, "a");
        harness.Connect(null, "a", "b");
        harness.AppendAndRun(TestFrames.WithKeys(1, "a", "b", "x", "x"));
        Assert.Equal(4, harness.Counters.ReceivedMessages.Value);
        Assert.Equal(2, harness.Counters.UnheardMessages.Value);
        Assert.Equal(3, harness.Counters.DeliveredMessages.Value);
        Assert.Equal(2, harness.Counters.Subscriptions.Value);
        Assert.Equal(2, harness.Counters.IndexedKeys.Value);
        Assert.Equal(4, harness.Counters.LogMessages.Value);
        Assert.Equal(4, harness.SignalRCounters.ScaleoutMessageBusMessagesReceivedPerSec.RawValue);
        Assert.Equal(3, harness.SignalRCounters.MessageBusMessagesReceivedTotal.RawValue);
        Assert.Equal(0, harness.Counters.Overruns.Value);
    }
}
