namespace RedisBackplane.Tests.Delivery.FlowControl;

/// <summary>Intake pauses for the subscriptions when 750 of a buffer's 1,000 messages are unread.</summary>
public sealed class SubscriptionLagTests : IDisposable
{
    private readonly DeliveryHarness _harness = new(new DeliveryLimits(1000, 16 * 1024 * 1024));
    private ulong _next = 1;

    public void Dispose() => _harness.Dispose();

    private bool IsCrowded => _harness.Delivery.GetSink(0).IsCrowded;

    [Fact]
    public void IsCrowded_SubscriptionsKeepUp_IsFalse()
    {
        _harness.Connect(null, "a");

        for (var i = 0; i < 50; i++)
        {
            Append(100, "a");
            _harness.Pool.RunAll();
            Assert.False(IsCrowded);
        }

        Assert.Equal(0, _harness.Counters.Overruns.Value);
    }

    [Fact]
    public void IsCrowded_SubscriptionWaitsForAThread_IsTrueBeforeItLosesAnythingAndUntilItHasWorked()
    {
        var client = _harness.Connect(null, "a");

        Append(700, "a");
        Assert.False(IsCrowded);
        Append(200, "a");
        Assert.True(IsCrowded);

        _harness.Pool.RunAll();
        Assert.False(IsCrowded);
        Assert.Equal(900, client.Ids.Count);
        Assert.Equal(0, _harness.Counters.Overruns.Value);
    }

    [Fact]
    public void IsCrowded_ByBytes_IsTrueAsWell()
    {
        using var harness = new DeliveryHarness(new DeliveryLimits(1_000_000, 100_000));
        harness.Connect(null, "a");

        for (var id = 1UL; id <= 40; id++)
        {
            harness.Append(TestFrames.Create(id, TestFrames.Message("a", new string('x', 2000))));
        }

        Assert.True(harness.Delivery.GetSink(0).IsCrowded);
        harness.Pool.RunAll();
        Assert.False(harness.Delivery.GetSink(0).IsCrowded);
        Assert.Equal(0, harness.Counters.Overruns.Value);
    }

    [Fact]
    public void IsCrowded_NobodyHears_IsFalse()
    {
        _harness.Connect(null, "a");

        Append(5000, "b");

        Assert.False(IsCrowded);
    }

    [Fact]
    public void IsCrowded_MessageAfterLongSilence_CountsFromThatMessage()
    {
        _harness.Connect(null, "a");
        Append(5000, "b");

        Append(500, "a");

        Assert.False(IsCrowded);
        Append(500, "b");
        Assert.True(IsCrowded);
    }

    [Fact]
    public void IsCrowded_SubscriptionWaitsForItsClient_IsFalseAndTheClientOverruns()
    {
        var taken = new TaskCompletionSource<bool>();
        var slow = _harness.Connect(null, "a");
        slow.Answer = () => taken.Task;

        for (var i = 0; i < 50; i++)
        {
            Append(100, "a");
            _harness.Pool.RunAll();
            Assert.False(IsCrowded);
        }

        slow.Answer = static () => Task.FromResult(true);
        taken.SetResult(true);
        Assert.Equal(1, _harness.Counters.Overruns.Value);
    }

    [Fact]
    public void IsCrowded_SubscriptionIsStuck_EndsWithPatienceAndIsNotWaitedForAgain()
    {
        _harness.Connect(null, "a");
        Append(900, "a");
        Assert.True(IsCrowded);

        _harness.Time.Advance(DeliveryHarness.DefaultLimits.Patience);

        Assert.False(IsCrowded);
        Append(3000, "a");
        Assert.False(IsCrowded);
    }

    [Fact]
    public void IsCrowded_SubscriptionThatWasStuckWorksAgain_IsWaitedForAgain()
    {
        _harness.Connect(null, "a");
        Append(900, "a");
        Assert.True(IsCrowded);
        _harness.Time.Advance(DeliveryHarness.DefaultLimits.Patience);
        Assert.False(IsCrowded);

        _harness.Pool.RunAll();
        Append(900, "a");

        Assert.True(IsCrowded);
    }

    [Fact]
    public void IsCrowded_SubscriptionLeaves_IsFalse()
    {
        var client = _harness.Connect(null, "a");
        Append(900, "a");
        Assert.True(IsCrowded);

        client.Subscription.Dispose();

        Assert.False(IsCrowded);
    }

    [Fact]
    public void IsCrowded_ClientsComeWithOldCursors_IsFalseUntilTheyHaveCaughtUp()
    {
        Append(1000, "a");
        for (var i = 0; i < 10; i++)
        {
            _harness.Subscribe(new TestClient("client", ["a"]), "s-0,1");
            Append(100, "b");
            Assert.False(IsCrowded);
        }

        _harness.Pool.RunAll();
        Append(900, "a");

        Assert.True(IsCrowded);
    }

    [Fact]
    public void IsCrowded_ClientComesWithRecentCursor_IsTrueOnceItIsBehind()
    {
        Append(1000, "a");
        _harness.Subscribe(new TestClient("client", ["a"]), "s-0,384");
        Assert.False(IsCrowded);

        Append(800, "b");

        Assert.True(IsCrowded);
    }

    [Fact]
    public void IsCrowded_OneOfManyIsBehind_IsTrue()
    {
        for (var i = 0; i < 20; i++)
        {
            _harness.Connect(null, "other" + i);
        }

        _harness.Connect(null, "a");
        for (var i = 0; i < 20; i++)
        {
            _harness.Connect(null, "more" + i);
        }

        Append(900, "a");

        Assert.True(IsCrowded);
    }

    private void Append(int messages, string key)
    {
        _harness.AppendEach(_next, _next + (ulong)messages - 1, key);
        _next += (ulong)messages;
    }
}
