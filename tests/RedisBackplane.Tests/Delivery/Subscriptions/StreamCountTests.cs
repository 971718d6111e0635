namespace RedisBackplane.Tests.Delivery.Subscriptions;

/// <summary>Clients of a farm whose number of streams changes, and of servers that learn of a stream late.</summary>
public sealed class StreamCountTests : DeliveryTest
{
    [Fact]
    public void AddStream_ClientsThatAreThere_FollowItFromWhenTheyCame()
    {
        var old = Harness.Time.GetUtcNow();
        Harness.Time.Advance(TimeSpan.FromMinutes(1));
        var client = Harness.Connect(null, "a", "b");
        client.RaiseAdded("c");
        Harness.Time.Advance(TimeSpan.FromMinutes(1));

        var added = Harness.Delivery.AddStream();
        added.Append(TestFrames.Sent(7, old, "a", "b", "c"));
        added.Append(TestFrames.Sent(10, Harness.Time.GetUtcNow(), "c", "x", "a"));
        added.Start(12);
        Harness.Pool.RunAll();
        client.RaiseRemoved("a");
        client.RaiseAdded("d");
        Harness.Append(TestFrames.WithKeys(1, "a", "d"));
        Harness.AppendAndRun(TestFrames.WithKeys(13, "a", "d"), stream: 1);

        Assert.Equal([(0, 2), (1, 10), (1, 12), (1, 14)], Sorted(client));
        Assert.Equal("s-0,2|1,E", client.ReadCursor());
        Assert.Equal(0, Harness.Counters.Overruns.Value);
    }

    [Fact]
    public void AddStream_ClientThatCameWithAPlaceInIt_GoesOnThere()
    {
        var client = Harness.Connect("s-0,0|1,8|3,5", "a");
        Assert.Equal("s-0,0|1,8|3,5", client.ReadCursor());

        var added = Harness.Delivery.AddStream();
        Assert.Equal("s-0,0|1,8|3,5", client.ReadCursor());
        added.Append(TestFrames.WithKeys(7, "a", "a", "a", "a"));
        added.Start(10);
        Harness.Pool.RunAll();

        Assert.Equal([(1, 9), (1, 10)], Sorted(client));
        Assert.Equal("s-0,0|1,A|3,5", client.ReadCursor());
    }

    [Fact]
    public void AddStream_ClientsThatLeft_AreLeftAlone()
    {
        var client = Harness.Connect(null, "a");
        Harness.AppendAndRun(TestFrames.WithKeys(1, "a"));
        Harness.Unsubscribe(client);

        Harness.Delivery.AddStream().Start(0);
        Harness.AppendAndRun(TestFrames.WithKeys(1, "a"), stream: 1);

        Assert.Equal([(0, 1)], Sorted(client));
        Assert.Equal(0, Harness.Counters.Subscriptions.Value);
    }

    [Fact]
    public void AddStream_WhileAKeyIsBeingSearched_LosesNothing()
    {
        Harness.Append(TestFrames.WithKeys(1, "a", "b"));
        var client = new TestClient("c", "a", "b");
        Harness.Subscribe(client, "s-0,0|1,0");
        var added = Harness.Delivery.AddStream();
        added.Append(TestFrames.WithKeys(1, "b", "a"));
        added.Start(2);
        Harness.Pool.RunAll();

        Assert.Equal([(0, 1), (0, 2), (1, 1), (1, 2)], Sorted(client));
    }

    [Fact]
    public void AddStream_Buffers_ShareTheLimits()
    {
        using var harness = new DeliveryHarness(DeliveryHarness.DefaultLimits with { MaxLogMessages = 20 });
        harness.AppendEach(1, 20, "a");
        Assert.Equal(20, harness.Connect("s-0,0", "a").Ids.Count);
        harness.Delivery.AddStream().Start(0);
        Assert.Equal(10, harness.Counters.LogMessages.Value);
        harness.AppendEach(1, 20, "a", stream: 1);
        Assert.Equal(20, harness.Counters.LogMessages.Value);
    }

    [Fact]
    public void AddStream_AfterDispose_TakesNothingMore()
    {
        var harness = new DeliveryHarness();
        harness.Dispose();
        var added = harness.Delivery.AddStream();
        added.Append(TestFrames.WithKeys(1, "a"));
        added.Start(1);
        Assert.Single(harness.Delivery.Buffers);
    }

    [Fact]
    public void Cursor_OfAFarmWithFewerStreams_GetsAllThatTheNewOnesHold()
    {
        using var harness = new DeliveryHarness(streams: 2);
        harness.Append(TestFrames.WithKeys(1, "a", "a"));
        harness.Append(TestFrames.WithKeys(100, "a", "x", "a"), stream: 1);
        var client = harness.Connect("s-0,1", "a");

        Assert.Equal([(0, 2), (1, 100), (1, 102)], Sorted(client));
        Assert.Equal(0, harness.Counters.Overruns.Value);
    }

    [Fact]
    public void Cursor_OfAServerThatHadNotReachedAStream_GoesOnWithWhatWasSentSinceTheClientCame()
    {
        using var first = new DeliveryHarness(streams: 2, start: false);
        first.Delivery.GetSink(0).Start(1);
        first.Time.Advance(TimeSpan.FromSeconds(50));
        var came = first.Time.GetUtcNow();
        var cursor = first.Connect(null, "a").ReadCursor();
        Assert.StartsWith("s-0,1|99999,", cursor, StringComparison.Ordinal);

        using var second = new DeliveryHarness(streams: 2);
        second.Append(TestFrames.Sent(5, came - TimeSpan.FromSeconds(20), "a"), stream: 1);
        second.Append(TestFrames.Sent(6, came + TimeSpan.FromSeconds(20), "a"), stream: 1);
        second.Time.Advance(TimeSpan.FromMinutes(2));

        Assert.Equal([(1, 6)], Sorted(second.Connect(cursor, "a")));

        // Over a third server that has not reached it either.
        using var third = new DeliveryHarness(streams: 2, start: false);
        third.Delivery.GetSink(0).Start(1);
        third.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(cursor, third.Connect(cursor, "a").ReadCursor());
    }

    [Fact]
    public void Cursor_OfAFarmWithMoreStreams_IsKeptForTheClientsReturn()
    {
        using var smaller = new DeliveryHarness();
        var client = smaller.Connect("s-0,0|1,8", "a");
        smaller.AppendAndRun(TestFrames.WithKeys(1, "a"));
        Assert.Equal("s-0,1|1,8", client.ReadCursor());

        using var larger = new DeliveryHarness(streams: 2);
        larger.Append(TestFrames.WithKeys(1, "a"));
        larger.Append(TestFrames.WithKeys(8, "a", "a"), stream: 1);
        Assert.Equal([(1, 9)], Sorted(larger.Connect(client.ReadCursor(), "a")));
    }

    [Fact]
    public void Cursor_OfStockSignalRThatHadNotReachedAStream_IsAtThePresent()
    {
        using var harness = new DeliveryHarness(streams: 2);
        harness.Append(TestFrames.WithKeys(1, "a", "a"));
        harness.Append(TestFrames.WithKeys(1, "a"), stream: 1);

        Assert.Equal([(0, 2)], Sorted(harness.Connect("s-0,1|1,FFFFFFFFFFFFFFFF", "a")));
    }

    /// <summary>A server that has just started does not know yet where the present is.</summary>
    [Theory]
    [InlineData("s-0,FFFFFFFFFFFFFFFF|1,FFFFFFFFFFFFFFFF")]
    [InlineData("s-0,1|1,FFFFFFFFFFFFFFFF")]
    public void Cursor_OfStockSignalRThatHadNotReachedAStream_KeepsWaitingFromTheTimeTheClientCame(string cursor)
    {
        using var first = new DeliveryHarness(streams: 2, start: false);
        first.Delivery.GetSink(0).Start(1);
        var came = first.Time.GetUtcNow();
        cursor = first.Connect(cursor, "a").ReadCursor()!;
        Assert.Contains("|99999,", cursor, StringComparison.Ordinal);

        using var second = new DeliveryHarness(streams: 2);
        second.Append(TestFrames.Sent(5, came - TimeSpan.FromSeconds(20), "a"), stream: 1);
        second.Append(TestFrames.Sent(6, came + TimeSpan.FromSeconds(20), "a"), stream: 1);

        Assert.Equal([(1, 6)], Sorted(second.Connect(cursor, "a")));
    }

    private static List<(int Stream, ulong Id)> Sorted(TestClient client) =>
        client.Fault is { } fault ? throw new InvalidOperationException(fault) : [.. client.Received.OrderBy(message => message)];
}
