namespace RedisBackplane.Tests.Delivery.Buffer;

public sealed class KeyLingerTests : DeliveryTest
{
    [Fact]
    public void Key_AfterItsLastSubscriber_StaysIndexedForAWhile()
    {
        Harness.Unsubscribe(Harness.Connect(null, "a"));
        Harness.Time.Advance(TimeSpan.FromSeconds(25));
        Assert.Equal(1, Harness.Counters.IndexedKeys.Value);
        Harness.AppendAndRun(TestFrames.WithKeys(1, "a", "x"));
        Assert.Equal(1, Harness.Counters.UnheardMessages.Value);
        Assert.Equal([1], Harness.Connect("s-0,0", "a").Ids);
        Assert.Equal(0, Harness.Counters.Backfills.Value);
    }

    [Fact]
    public void Key_LongAfterItsLastSubscriber_LeavesTheIndex()
    {
        Harness.Append(TestFrames.WithKeys(1, "x"));
        var client = Harness.Connect(null, "a");
        var bytes = Harness.Counters.LogBytes.Value;
        Harness.AppendAndRun(TestFrames.WithKeys(2, "a"));
        Harness.Unsubscribe(client);
        Harness.Time.Advance(TimeSpan.FromSeconds(40));
        Assert.Equal(0, Harness.Counters.IndexedKeys.Value);
        Assert.Equal([2], Harness.Connect("s-0,1", "a").Ids);
        Assert.Equal(1, Harness.Counters.Backfills.Value);
        Assert.True(Harness.Counters.LogBytes.Value > bytes);
    }

    [Fact]
    public void Key_ThatIsFollowedAgain_StaysHoweverLong()
    {
        var client = Harness.Connect(null, "a");
        Harness.Unsubscribe(client);
        Harness.Time.Advance(TimeSpan.FromSeconds(20));
        Harness.Subscribe(client, null);
        Harness.Time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(1, Harness.Counters.IndexedKeys.Value);
        Harness.Unsubscribe(client);
        Harness.Time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(1, Harness.Counters.IndexedKeys.Value);
        Harness.Subscribe(client, null);
        Harness.Unsubscribe(client);
        Harness.Time.Advance(TimeSpan.FromSeconds(25));
        Assert.Equal(1, Harness.Counters.IndexedKeys.Value);
        Harness.Time.Advance(TimeSpan.FromSeconds(45));
        Assert.Equal(0, Harness.Counters.IndexedKeys.Value);
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
        Harness.Append(TestFrames.WithKeys(1, "a", "b", "a", "c", "a"));
        long? settled = null;
        for (var round = 0; round < 20; round++)
        {
            var client = Harness.Connect("s-0,0", "a", round % 2 == 0 ? "b" : "c");
            Assert.Equal(4, client.Ids.Count);
            Harness.Unsubscribe(client);
            Harness.Time.Advance(TimeSpan.FromMinutes(2));
            Assert.Equal(0, Harness.Counters.IndexedKeys.Value);
            settled ??= Harness.Counters.LogBytes.Value;
            Assert.Equal(settled, Harness.Counters.LogBytes.Value);
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
