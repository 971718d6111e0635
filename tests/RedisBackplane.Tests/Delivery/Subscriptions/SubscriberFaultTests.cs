namespace RedisBackplane.Tests.Delivery.Subscriptions;

/// <summary>A callback that ends, fails or waits, and a message that cannot be read.</summary>
public sealed class SubscriberFaultTests : DeliveryTest
{
    [Fact]
    public void Callback_SaysStop_EndsTheSubscription()
    {
        var client = Harness.Connect(null, "a");
        client.Answer = () => Task.FromResult(false);
        Harness.AppendAndRun(TestFrames.WithKeys(1, "a"));
        Harness.AppendAndRun(TestFrames.WithKeys(2, "a"));
        Assert.Equal([1], client.Ids);
        Assert.Equal(0, Harness.Counters.Subscriptions.Value);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Callback_Fails_EndsTheSubscriptionAndNoOther(bool later)
    {
        var failing = Harness.Connect(null, "a");
        var other = Harness.Connect(null, "a");
        var answer = new TaskCompletionSource<bool>();
        failing.Answer = () => later ? answer.Task : throw new InvalidOperationException("as intended");
        Harness.AppendAndRun(TestFrames.WithKeys(1, "a"));
        if (later)
        {
            answer.SetException(new InvalidOperationException("as intended"));
        }

        Harness.AppendAndRun(TestFrames.WithKeys(2, "a"));
        Assert.Equal([1], failing.Ids);
        Assert.Equal([1, 2], other.Ids);
        Assert.Equal(1, Harness.Counters.Subscriptions.Value);
        Assert.Equal(0, Harness.SignalRCounters.MessageBusBusyWorkers.RawValue);
        Assert.Equal(0, Harness.SignalRCounters.MessageBusAllocatedWorkers.RawValue);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Take_MessageThatCannotBeMade_EndsTheSubscriptionAndNoOther(int subscriptions)
    {
        var failing = Enumerable.Range(0, subscriptions).Select(_ => Harness.Connect(null, "a")).ToList();
        var other = Harness.Connect(null, "b");
        var damaged = TestFrames.WithKeys(2, "a");
        Harness.Append(TestFrames.WithKeys(1, "a"));
        Harness.Append(damaged);
        damaged.Buffer.AsSpan(FrameLayout.Messages).Fill(0xFF);
        Harness.Pool.RunAll();

        Harness.AppendAndRun(TestFrames.WithKeys(3, "b", "a"));

        Assert.Equal([3], other.Ids);
        Assert.All(failing, client => Assert.Empty(client.Ids));
        Assert.Equal(1, Harness.Counters.Subscriptions.Value);
        Assert.Equal(0, Harness.SignalRCounters.MessageBusBusyWorkers.RawValue);
    }

    [Fact]
    public void Callback_Waits_HoldsUpNobodyElse()
    {
        var slow = Harness.Connect(null, "a");
        var answer = new TaskCompletionSource<bool>();
        slow.Answer = () => answer.Task;
        var fast = Harness.Connect(null, "a");
        for (ulong id = 1; id <= 50; id++)
        {
            Harness.AppendAndRun(TestFrames.WithKeys(id, "a"));
        }

        Assert.Equal([1], slow.Ids);
        Assert.Equal(50, fast.Ids.Count);
        answer.SetResult(true);
        Harness.Pool.RunAll();
        Assert.Equal(fast.Ids, slow.Ids);
        Assert.Equal(0, Harness.SignalRCounters.MessageBusBusyWorkers.RawValue);
    }
}
