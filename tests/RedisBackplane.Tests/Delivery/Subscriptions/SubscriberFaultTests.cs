namespace RedisBackplane.Tests.Delivery.Subscriptions;

/// <summary>A callback that ends, fails or waits, and a message that cannot be read.</summary>
public sealed class SubscriberFaultTests
{
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
}
