namespace RedisBackplane.Tests.Delivery.Subscriptions;

/// <summary>Clients that come with a cursor, of this server or another, or with what only looks like one.</summary>
public sealed class CursorTests : DeliveryTest
{
    private static readonly DeliveryLimits SmallLog = DeliveryHarness.DefaultLimits with { MaxLogMessages = 10 };

    [Fact]
    public void OlderCursor_KeysNobodyFollowed_AreFoundInTheLog()
    {
        for (ulong id = 1; id <= 300; id += 3)
        {
            Harness.Append(TestFrames.WithKeys(id, "a", "b", "c"));
        }

        var client = Harness.Connect("s-0,96", "a", "c");
        Assert.Equal(Enumerable.Range(151, 150).Where(id => id % 3 != 2).Select(id => (ulong)id), client.Ids);
        Assert.Equal(1, Harness.Counters.Backfills.Value);
        Assert.Equal(0, Harness.Counters.Overruns.Value);
    }

    [Fact]
    public void OlderCursor_KeyFollowedSinceLater_IsFoundBeforeThat()
    {
        Harness.Append(TestFrames.WithKeys(1, "a", "a", "a"));
        var first = Harness.Connect(null, "a");
        Harness.AppendAndRun(TestFrames.WithKeys(4, "a", "x", "a"));
        var second = Harness.Connect("s-0,1", "a");
        Assert.Equal([2, 3, 4, 6], second.Ids);
        var third = Harness.Connect("s-0,0", "a");
        Assert.Equal([1, 2, 3, 4, 6], third.Ids);
        Harness.AppendAndRun(TestFrames.WithKeys(7, "a"));
        Assert.Equal([4, 6, 7], first.Ids);
        Assert.Equal(7UL, second.Ids[second.Ids.Count - 1]);
        Assert.Equal(2, Harness.Counters.Backfills.Value);
        Assert.Equal([4, 6, 7], Harness.Connect("s-0,3", "a").Ids);
        Assert.Equal(2, Harness.Counters.Backfills.Value);
    }

    [Fact]
    public void OlderCursor_ManyClientsAtOnce_AreServedByOneScan()
    {
        Harness.Append(TestFrames.WithKeys(1, [.. Enumerable.Range(0, 1000).Select(i => $"k{i % 100}")]));
        var clients = Enumerable.Range(0, 100).Select(i => new TestClient($"c{i}", $"k{i}", "common")).ToList();
        clients.ForEach(client => Harness.Subscribe(client, "s-0,0"));
        Harness.Pool.RunAll();
        Assert.All(clients, client => Assert.Equal(10, client.Ids.Count));
        Assert.Equal(1, Harness.Counters.Backfills.Value);
    }

    [Fact]
    public void OlderCursor_MessagesThatComeDuringTheScan_ComeAfterwards()
    {
        Harness.Append(TestFrames.WithKeys(1, "a"));
        var client = new TestClient("c", "a");
        Harness.Subscribe(client, "s-0,0");
        Harness.Append(TestFrames.WithKeys(2, "a"));
        var lower = new TestClient("d", "a");
        Harness.Subscribe(lower, "s-0,1");
        Harness.Pool.RunAll();
        Assert.Equal([1, 2], client.Ids);
        Assert.Equal([2], lower.Ids);
    }

    [Fact]
    public void OlderCursor_KeyLeftDuringTheScan_LetsTheOthersGoOn()
    {
        Harness.Append(TestFrames.WithKeys(1, "a", "b"));
        var following = Harness.Connect(null, "a");
        var client = new TestClient("c", "a", "b");
        Harness.Subscribe(client, "s-0,0");
        client.RaiseRemoved("b");
        client.RaiseRemoved("a");
        Harness.Append(TestFrames.WithKeys(3, "a"));
        client.RaiseAdded("a");
        Harness.Pool.RunAll();
        Harness.AppendAndRun(TestFrames.WithKeys(4, "a", "b"));
        Assert.Equal([3, 4], following.Ids);
        Assert.Equal([1, 3, 4], client.Ids);
    }

    [Fact]
    public void OlderCursor_LogDropsFramesDuringTheScan_WhatTheyHeldIsMissedByWhoeverComesLater()
    {
        using var harness = new DeliveryHarness(SmallLog);
        harness.AppendEach(1, 10, "a");
        var first = new TestClient("first", "a");
        harness.Subscribe(first, "s-0,0");
        harness.AppendEach(11, 15, "b");
        harness.Pool.RunAll();
        Assert.Equal([6, 7, 8, 9, 10], first.Ids);
        Assert.Equal(1, harness.Counters.Overruns.Value);

        // The index has the key from id 5 on, and not from the id where the scan was to begin.
        var second = harness.Connect("s-0,3", "a");
        Assert.Equal([6, 7, 8, 9, 10], second.Ids);
        Assert.Equal(2, harness.Counters.Overruns.Value);
        var third = harness.Connect("s-0,5", "a");
        Assert.Equal([6, 7, 8, 9, 10], third.Ids);
        Assert.Equal(2, harness.Counters.Overruns.Value);
        Assert.Equal(1, harness.Counters.Backfills.Value);
    }

    [Fact]
    public void OlderCursor_LogDropsEverythingDuringTheScan_IsMissedByThoseWhoHadNotSeenIt()
    {
        using var harness = new DeliveryHarness(SmallLog);
        harness.Append(TestFrames.WithKeys(1, "a"));
        var first = new TestClient("first", "a");
        harness.Subscribe(first, "s-0,0");
        harness.AppendEach(2, 20, "b");
        harness.Pool.RunAll();
        var second = harness.Connect("s-0,0", "a");
        Assert.Empty(first.Ids);
        Assert.Empty(second.Ids);
        Assert.Equal(2, harness.Counters.Overruns.Value);

        // Since the key is in the index, no message has arrived for it. A client that had seen everything before misses
        // nothing.
        harness.Connect("s-0,1", "a");
        Assert.Equal(2, harness.Counters.Overruns.Value);
    }

    [Fact]
    public void OlderCursor_LogNoLongerReachesIt_IsAnOverrunOnce()
    {
        var logger = new RecordedLogger();
        using var harness = new DeliveryHarness(SmallLog, logger: logger);
        harness.AppendEach(1, 30, "a");
        var client = harness.Connect("s-0,1", "a");
        Assert.Equal(Enumerable.Range(21, 10).Select(id => (ulong)id), client.Ids);
        Assert.Equal(1, harness.Counters.Overruns.Value);
        Assert.Single(logger.Of(4001));
        harness.AppendAndRun(TestFrames.WithKeys(31, "a"));
        Assert.Equal(1, harness.Counters.Overruns.Value);
    }

    [Fact]
    public void SlowClient_OutrunByItsOwnMessages_IsAnOverrunOnce()
    {
        using var harness = new DeliveryHarness(SmallLog);
        var client = harness.Connect(null, "a");
        harness.AppendEach(1, 30, "a");
        harness.Pool.RunAll();
        Assert.Equal(Enumerable.Range(21, 10).Select(id => (ulong)id), client.Ids);
        Assert.Equal(1, harness.Counters.Overruns.Value);
    }

    [Fact]
    public void IdleClient_OutrunByForeignMessages_IsNoOverrun()
    {
        using var harness = new DeliveryHarness(SmallLog);
        var client = harness.Connect(null, "a");
        harness.AppendAndRun(TestFrames.WithKeys(1, "a"));
        for (ulong id = 2; id <= 50; id++)
        {
            harness.AppendAndRun(TestFrames.WithKeys(id, "x"));
        }

        harness.AppendAndRun(TestFrames.WithKeys(51, "a"));
        Assert.Equal([1, 51], client.Ids);
        Assert.Equal(0, harness.Counters.Overruns.Value);
    }

    [Fact]
    public void ReturningClient_WhoseKeyLingers_IsNoOverrunThoughTheLogMovedOn()
    {
        using var harness = new DeliveryHarness(SmallLog);
        var client = harness.Connect(null, "a");
        harness.AppendAndRun(TestFrames.WithKeys(1, "a"));
        harness.Unsubscribe(client);
        for (ulong id = 2; id <= 50; id++)
        {
            harness.AppendAndRun(TestFrames.WithKeys(id, "x"));
        }

        harness.AppendAndRun(TestFrames.WithKeys(51, "a"));
        harness.Subscribe(client, "s-0,1");
        harness.Pool.RunAll();
        Assert.Equal([1, 51], client.Ids.Where(id => id > 0));
        Assert.Equal(0, harness.Counters.Overruns.Value);
    }

    [Fact]
    public void CursorAhead_OfAServerThatLags_GetsNothingTwice()
    {
        Harness.Append(TestFrames.WithKeys(1, "a"));
        var client = Harness.Connect("s-0,4", "a");
        Harness.AppendAndRun(TestFrames.WithKeys(2, "a", "a"));
        Assert.Equal("s-0,4", client.ReadCursor());
        Harness.AppendAndRun(TestFrames.WithKeys(4, "a", "a"));
        Assert.Equal([5], client.Ids);
        Assert.Equal(0, Harness.Counters.ForeignCursors.Value);
    }

    [Fact]
    public void CursorAhead_OfMessagesSentLater_IsForeignAndLosesNothingSinceTheClientCame()
    {
        var logger = new RecordedLogger();
        using var harness = new DeliveryHarness(logger: logger);
        harness.Append(TestFrames.WithKeys(1, "a"));
        var client = harness.Connect("s-0,FFFFFFFFFFFFFFF0", "a", "b");
        var sent = harness.Time.GetUtcNow();
        harness.AppendAndRun(TestFrames.Sent(2, sent, "a"));
        harness.AppendAndRun(TestFrames.Sent(3, sent + TimeSpan.FromSeconds(9), "b"));
        Assert.Empty(client.Ids);
        harness.AppendAndRun(TestFrames.Sent(4, sent + TimeSpan.FromSeconds(11), "a"));
        Assert.Equal([2, 3, 4], client.Ids);
        Assert.Equal(1, harness.Counters.ForeignCursors.Value);
        Assert.Single(logger.Of(4002));
        Assert.Equal("s-0,4", client.ReadCursor());
    }

    [Fact]
    public void CursorAhead_OfMessagesSentBefore_IsBelievedHoweverLateTheyCome()
    {
        var client = Harness.Connect("s-0,5", "a");
        var sent = Harness.Time.GetUtcNow();
        Harness.Time.Advance(TimeSpan.FromMinutes(5));
        Harness.AppendAndRun(TestFrames.Sent(4, sent - TimeSpan.FromSeconds(1), "a", "a", "a"));
        Assert.Equal([6], client.Ids);
        Assert.Equal(0, Harness.Counters.ForeignCursors.Value);
    }

    [Fact]
    public void CursorThatIsNone_IsCountedAndLogged()
    {
        var logger = new RecordedLogger();
        using var harness = new DeliveryHarness(logger: logger);
        harness.Connect("<b>mine</b>", "a");
        harness.Connect(new string('9', 1_000_000), "a");
        Assert.Equal(2, harness.Counters.ForeignCursors.Value);
        Assert.Single(logger.Of(4003));
        Assert.DoesNotContain(logger.Lines, line => line.Text.Contains("mine", StringComparison.Ordinal));
    }
}
