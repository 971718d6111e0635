namespace RedisBackplane.Tests.Delivery.Buffer;

public sealed class KeyLingerTests
{
    [Fact]
    public void Key_AfterItsLastSubscriber_StaysIndexedForAWhile()
    {
        using var harness = new DeliveryHarness();
        harness.Unsubscribe(harness.Connect(null, "a"));
        harness.Time.Advance(TimeSpan.FromSeconds(25));
        Assert.Equal(1, harness.Counters.IndexedKeys.Value);
        harness.AppendAndRun(TestFrames.WithKeys(1, "a", "x"));
        Assert.Equal(1, harness.Counters.UnheardMessages.Value);
        Assert.Equal([1], harness.Connect("s-0,0", "a").Ids);
        Assert.Equal(0, harness.Counters.Backfills.Value);
    }

    [Fact]
    public void Key_LongAfterItsLastSubscriber_LeavesTheIndex()
    {
        using var harness = new DeliveryHarness();
        harness.Append(TestFrames.WithKeys(1, "x"));
        var client = harness.Connect(null, "a");
        var bytes = harness.Counters.LogBytes.Value;
        harness.AppendAndRun(TestFrames.WithKeys(2, "a"));
        harness.Unsubscribe(client);
        harness.Time.Advance(TimeSpan.FromSeconds(40));
        Assert.Equal(0, harness.Counters.IndexedKeys.Value);
        Assert.Equal([2], harness.Connect("s-0,1", "a").Ids);
        Assert.Equal(1, harness.Counters.Backfills.Value);
        Assert.True(harness.Counters.LogBytes.Value > bytes);
    }

    [Fact]
    public void Key_ThatIsFollowedAgain_StaysHoweverLong()
    {
        using var harness = new DeliveryHarness();
        var client = harness.Connect(null, "a");
        harness.Unsubscribe(client);
        harness.Time.Advance(TimeSpan.FromSeconds(20));
        harness.Subscribe(client, null);
        harness.Time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(1, harness.Counters.IndexedKeys.Value);
        harness.Unsubscribe(client);
        harness.Time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(1, harness.Counters.IndexedKeys.Value);
        harness.Subscribe(client, null);
        harness.Unsubscribe(client);
        harness.Time.Advance(TimeSpan.FromSeconds(25));
        Assert.Equal(1, harness.Counters.IndexedKeys.Value);
        harness.Time.Advance(TimeSpan.FromSeconds(45));
        Assert.Equal(0, harness.Counters.IndexedKeys.Value);
    }

    [Fact]
    public void Keys_MoreThanMayLinger_LoseTheOldest()
    {
        using var harness = new DeliveryHarness(DeliveryHarness.DefaultLimits with { MaxLingeringKeys = 10 });
        for (var i = 0; i < 50; i++)
        {
            harness.Unsubscribe(harness.Connect(null, $"k{i}"));
        }

        harness.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(10, harness.Counters.IndexedKeys.Value);
        harness.AppendAndRun(TestFrames.WithKeys(1, "k39", "k40"));
        Assert.Equal(1, harness.Counters.UnheardMessages.Value);
    }

    [Fact]
    public void Places_OfKeysThatLeft_AreUsedAgain()
    {
        using var harness = new DeliveryHarness();
        harness.Append(TestFrames.WithKeys(1, "a", "b", "a", "c", "a"));
        long? settled = null;
        for (var round = 0; round < 20; round++)
        {
            var client = harness.Connect("s-0,0", "a", round % 2 == 0 ? "b" : "c");
            Assert.Equal(4, client.Ids.Count);
            harness.Unsubscribe(client);
            harness.Time.Advance(TimeSpan.FromMinutes(2));
            Assert.Equal(0, harness.Counters.IndexedKeys.Value);
            settled ??= harness.Counters.LogBytes.Value;
            Assert.Equal(settled, harness.Counters.LogBytes.Value);
        }
    }

    [Fact]
    public void Dispose_WithEverythingInUse_BringsTheCountersToNothing()
    {
        var harness = new DeliveryHarness();
        var client = harness.Connect(null, "a");
        harness.Connect(null, "a", "b");
        harness.AppendAndRun(TestFrames.WithKeys(1, "a", "b"));
        harness.Dispose();
        harness.Dispose();
        Assert.Equal(0, harness.Counters.LogBytes.Value);
        Assert.Equal(0, harness.Counters.LogMessages.Value);
        Assert.Equal(0, harness.Counters.IndexedKeys.Value);
        harness.AppendAndRun(TestFrames.WithKeys(3, "a"));
        harness.Delivery.GetSink(0).Start(7);
        Assert.Equal("s-0,2", harness.Unsubscribe(client));
    }
}
