namespace RedisBackplane.Tests.Delivery.Buffer;

public sealed class StreamStartTests : DeliveryTest
{
    [Fact]
    public void Start_ClientWithoutCursorFromBefore_BeginsThere()
    {
        using var harness = new DeliveryHarness(start: false);
        var client = harness.Connect(null, "a");
        Assert.Equal("s-99999,6474846204000", client.ReadCursor());
        harness.Append(TestFrames.WithKeys(10, "a"));
        harness.Append(TestFrames.WithKeys(11, "a"));
        harness.Pool.RunAll();
        Assert.Empty(client.Ids);
        Assert.Equal("s-99999,6474846204000", client.ReadCursor());

        harness.Delivery.GetSink(0).Start(11);
        harness.AppendAndRun(TestFrames.WithKeys(12, "a"));
        Assert.Equal([12], client.Ids);
        Assert.Equal("s-0,C", client.ReadCursor());
    }

    [Theory]
    [InlineData(new[] { -2, 2, -20, 3 }, new ulong[] { 11, 12, 13 })] // a batch that was sent again follows later ones
    [InlineData(new[] { 1800, -360, -60, 1 }, new ulong[] { 13 })] // a fast clock long ago: nothing is sent again for so long
    public void Start_BatchesSentBeforeAndAfterTheClientCame_HidesNoneAndBringsNoneOfLongAgo(int[] secondsAfter, ulong[] expected)
    {
        using var harness = new DeliveryHarness(start: false);
        var client = harness.Connect(null, "a");
        var since = harness.Time.GetUtcNow();
        for (var i = 0; i < secondsAfter.Length; i++)
        {
            harness.Append(TestFrames.Sent(10 + (ulong)i, since + TimeSpan.FromSeconds(secondsAfter[i]), "a"));
        }

        harness.Delivery.GetSink(0).Start(13);
        harness.Pool.RunAll();

        Assert.Equal(expected, client.Ids);
    }

    /// <summary>The clocks of two servers differ.</summary>
    [Theory]
    [InlineData(-0.9, true)]
    [InlineData(-1.1, false)]
    public void Start_PublishersClockIsBehind_BringsWhatItSentByItsClockAMomentBefore(double secondsAfter, bool isDelivered)
    {
        using var harness = new DeliveryHarness(start: false);
        var client = harness.Connect(null, "a");
        harness.Append(TestFrames.Sent(10, harness.Time.GetUtcNow() + TimeSpan.FromSeconds(secondsAfter), "a"));

        harness.Delivery.GetSink(0).Start(10);
        harness.Pool.RunAll();

        Assert.Equal(isDelivered ? [10] : [], client.Ids);
    }

    [Fact]
    public void Start_BatchSentAgainForAsLongAsPublishTimeoutAllows_HidesNone()
    {
        var limits = DeliveryLimits.From(new RedisBackplaneOptions { PublishTimeout = TimeSpan.FromMinutes(10) });
        using var harness = new DeliveryHarness(limits, start: false);
        var client = harness.Connect(null, "a");
        var since = harness.Time.GetUtcNow();
        harness.Append(TestFrames.Sent(10, since - TimeSpan.FromMinutes(20), "a"));
        harness.Append(TestFrames.Sent(11, since + TimeSpan.FromSeconds(2), "a"));
        harness.Append(TestFrames.Sent(12, since - TimeSpan.FromMinutes(9), "a"));

        harness.Delivery.GetSink(0).Start(12);
        harness.Pool.RunAll();

        Assert.Equal([11, 12], client.Ids);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(4, false)]
    public void Start_ManyClientsFromBefore_EachBeginsWhereItWouldAlone(int seed, bool isInOrder)
    {
        var random = new Random(seed);
        using var clock = new DeliveryHarness();
        var begin = clock.Time.GetUtcNow();
        var frames = Enumerable.Range(0, 60)
            .Select(i => TestFrames.Sent((ulong)(10 + i), begin + TimeSpan.FromSeconds((i / 2.0) + random.Next(-8, 3)), "a"))
            .ToList();
        var cursors = Enumerable.Range(0, 30).Select(CursorAfter).OrderBy(_ => isInOrder ? 0 : random.Next()).ToList();

        var together = IdsOf(cursors);

        Assert.Equal(cursors.SelectMany(cursor => IdsOf([cursor])), together);
        Assert.InRange(together.Select(ids => ids.Count).Distinct().Count(), 10, 60);

        static string CursorAfter(int seconds)
        {
            using var harness = new DeliveryHarness(start: false);
            harness.Time.Advance(TimeSpan.FromSeconds(seconds));
            return harness.Connect(null, "a").ReadCursor()!;
        }

        List<List<ulong>> IdsOf(List<string> of)
        {
            using var harness = new DeliveryHarness(start: false);
            harness.Time.Advance(TimeSpan.FromMinutes(1));
            var clients = of.Select(cursor => harness.Connect(cursor, "a")).ToList();
            frames.ForEach(frame => harness.Append(frame));
            harness.Delivery.GetSink(0).Start(69);
            harness.Pool.RunAll();
            return [.. clients.Select(client => client.Ids.ToList())];
        }
    }

    [Fact]
    public void Start_ClientWithCursorFromBefore_GetsWhatTheHistoryHas()
    {
        using var harness = new DeliveryHarness(start: false);
        var early = harness.Connect("s-0,A", "a");
        harness.Append(TestFrames.WithKeys(8, "a", "a", "a", "a"));
        var between = harness.Connect("s-0,9", "a", "b");
        harness.Append(TestFrames.WithKeys(12, "b", "a"));
        harness.Pool.RunAll();
        Assert.Empty(early.Ids);
        harness.Delivery.GetSink(0).Start(13);
        harness.Pool.RunAll();
        Assert.Equal([11, 13], early.Ids);
        Assert.Equal([10, 11, 12, 13], between.Ids);
        Assert.Equal(0, harness.Counters.Overruns.Value);
    }

    [Fact]
    public void Start_ClientWithCursorOlderThanTheHistory_IsAnOverrun()
    {
        using var harness = new DeliveryHarness(start: false);
        var client = harness.Connect("s-0,5", "a");
        harness.Append(TestFrames.WithKeys(8, "a"));
        harness.Delivery.GetSink(0).Start(8);
        harness.Pool.RunAll();
        Assert.Equal([8], client.Ids);
        Assert.Equal(1, harness.Counters.Overruns.Value);
    }

    [Fact]
    public void Start_WithoutHistory_BeginsAfterTheIdItIsGiven()
    {
        using var harness = new DeliveryHarness(start: false);
        var client = harness.Connect(null, "a");
        harness.Delivery.GetSink(0).Start(100);
        harness.Pool.RunAll();
        Assert.Equal("s-0,64", client.ReadCursor());
        harness.AppendAndRun(TestFrames.WithKeys(101, "a"));
        Assert.Equal([101], client.Ids);
    }

    [Fact]
    public void Start_SecondTime_ChangesNothing()
    {
        using var harness = new DeliveryHarness(lastId: 10);
        var client = harness.Connect(null, "a");
        harness.Delivery.GetSink(0).Start(1000);
        harness.AppendAndRun(TestFrames.WithKeys(11, "a"));
        Assert.Equal([11], client.Ids);
    }

    [Fact]
    public void Start_CursorOfAnotherServerThatWasAtTheBeginning_GetsAllSince()
    {
        Harness.Append(TestFrames.WithKeys(1, "a", "a"));
        var client = Harness.Connect("s-0,0", "a");
        Assert.Equal([1, 2], client.Ids);
        Assert.Equal(0, Harness.Counters.Overruns.Value);
    }

    [Theory]
    [InlineData("s-")]
    [InlineData("s-0,FFFFFFFFFFFFFFFF")]
    [InlineData("d-1,2")]
    [InlineData("")]
    public void Start_CursorThatNamesNoPlace_BeginsAtThePresent(string cursor)
    {
        Harness.Append(TestFrames.WithKeys(1, "a", "a"));
        var client = Harness.Connect(cursor, "a");
        Assert.Empty(client.Ids);
        Assert.Equal("s-0,2", client.ReadCursor());
        Harness.AppendAndRun(TestFrames.WithKeys(3, "a"));
        Assert.Equal([3], client.Ids);
    }

    [Fact]
    public void Dispose_EarlyClient_IsForgotten()
    {
        using var harness = new DeliveryHarness(start: false);
        var client = harness.Connect("s-0,1", "a");
        harness.Unsubscribe(client);
        harness.Append(TestFrames.WithKeys(2, "a"));
        harness.Delivery.GetSink(0).Start(2);
        harness.Pool.RunAll();
        Assert.Empty(client.Ids);
        Assert.Equal(0, harness.Counters.Overruns.Value);
    }

    [Fact]
    public void Append_IdsThatJump_AreTakenAsTheyCome()
    {
        using var harness = new DeliveryHarness(lastId: 5);
        var client = harness.Connect(null, "a");
        harness.AppendAndRun(TestFrames.WithKeys(6, "a"));
        harness.AppendAndRun(TestFrames.WithKeys(1_700_000_000_000_000, "x", "a"));
        Assert.Equal([6, 1_700_000_000_000_001], client.Ids);
        Assert.Equal([1_700_000_000_000_001], harness.Connect("s-0,6", "a").Ids);
    }

    [Fact]
    public void Append_OutOfOrder_IsDroppedAndLogged()
    {
        var logger = new RecordedLogger();
        using var harness = new DeliveryHarness(logger: logger);
        var client = harness.Connect(null, "a");
        harness.AppendAndRun(TestFrames.WithKeys(5, "a", "a"));
        harness.AppendAndRun(TestFrames.WithKeys(6, "a"));
        harness.AppendAndRun(TestFrames.WithKeys(7, "a"));
        Assert.Equal([5, 6, 7], client.Ids);
        Assert.Single(logger.Of(4004));
    }

    [Fact]
    public void Append_HighestIdThereCanBe_IsNeverIssuedAsTheMaximum()
    {
        var client = Harness.Connect(null, "a");
        Harness.AppendAndRun(TestFrames.WithKeys(ulong.MaxValue - 1, "a"));
        Assert.Equal("s-0,FFFFFFFFFFFFFFFE", client.LastCursor);
    }
}
