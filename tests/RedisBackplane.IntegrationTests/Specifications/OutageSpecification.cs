namespace RedisBackplane.IntegrationTests.Specifications;

/// <summary>What a farm can rely on if its Redis goes away, comes back, or loses its memory.</summary>
public abstract class OutageSpecification(Func<RedisTopology> topology) : Specification(topology)
{
    [SpecificationFact]
    public async Task Publish_BeforeRedisIsUp_IsDeliveredWhenItComesUp()
    {
        await Topology.StopAsync();
        var server = StartServer();
        var subscriber = Subscribe(server);
        var values = Payload.Numbered(50);

        var publishes = values.Select(value => server.PublishAsync(Key, value)).ToArray();
        Assert.All(publishes, publish => Assert.False(publish.IsCompleted));
        await Topology.StartAsync();
        await Bounded(Task.WhenAll(publishes), "what waited is stored");
        await subscriber.WaitForAsync(values.Length);

        Assert.Equal(values, subscriber.Values);
    }

    [SpecificationFact]
    public async Task Publish_WhileRedisIsAway_IsDeliveredInOrderWhenItIsBack()
    {
        var server = await StartConnectedServerAsync();
        var subscriber = Subscribe(server);
        await server.PublishAsync(Key, "before");
        var values = Payload.Numbered(50);

        await Topology.StopAsync();
        var publishes = values.Select(value => server.PublishAsync(Key, value)).ToArray();
        await Topology.StartAsync();
        await Bounded(Task.WhenAll(publishes), "what waited is stored");
        await subscriber.WaitForAsync(1 + values.Length);

        Assert.Equal(["before", .. values], subscriber.Values);
        BackplaneSpecification.AssertIdsRise(subscriber.Received);
    }

    [SpecificationFact]
    public async Task Restart_WithoutPersistence_IsFollowedByMessagesHeardAtOnceWithHigherIds()
    {
        var (first, second) = (await StartConnectedServerAsync(), await StartConnectedServerAsync());
        var (near, far) = (Subscribe(first), Subscribe(second));
        await PublishAll(first, Payload.Numbered(100, "before "));
        await near.WaitForAsync(100);
        await far.WaitForAsync(100);

        await Topology.StopAsync();
        await Topology.StartAsync();
        await ReconnectedAsync(first, near);
        await ReconnectedAsync(second, far);
        await AssertHeardByBoth(first, second, near, far);
    }

    [SpecificationTheory]
    [InlineData("FLUSHALL")]
    [InlineData("SCRIPT FLUSH")]
    public async Task Forgetting_ByCommand_IsFollowedByMessagesHeardAtOnceWithHigherIds(string command)
    {
        var (first, second) = (await StartConnectedServerAsync(), await StartConnectedServerAsync());
        var (near, far) = (Subscribe(first), Subscribe(second));
        await PublishAll(first, Payload.Numbered(100, "before "));
        await near.WaitForAsync(100);
        await far.WaitForAsync(100);

        await Topology.DoEverywhereAsync(command);
        await AssertHeardByBoth(first, second, near, far);
    }

    [SpecificationFact]
    public async Task Publish_AfterOneTimedOut_Succeeds()
    {
        var server = await StartConnectedServerAsync(options => options.PublishTimeout = TimeSpan.FromSeconds(1));
        var subscriber = Subscribe(server);

        await Topology.StopAsync();
        await Assert.ThrowsAsync<BackplaneTimeoutException>(() => Bounded(server.PublishAsync(Key, "too late"), "the publish times out"));
        await Topology.StartAsync();
        await ReconnectedAsync(server, subscriber);

        Assert.DoesNotContain("too late", subscriber.Values);
    }

    [SpecificationFact]
    public async Task WhenConnected_BeforeRedisIsUp_CanBeGivenUpAndCompletesLater()
    {
        await Topology.StopAsync();
        var server = StartServer();
        using var cancel = new CancellationTokenSource();

        var givenUp = server.Bus.WhenConnectedAsync(cancel.Token);
        var waiting = server.Bus.WhenConnectedAsync(CancellationToken.None);
        cancel.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Bounded(givenUp, "the wait is given up"));
        Assert.False(waiting.IsCompleted);
        Assert.False(server.Bus.Status.IsConnected);
        await Topology.StartAsync();

        await Bounded(waiting, "the bus connects");

        // The connections to the other servers of a Sentinel or a cluster come later. After each of them, the streams
        // are checked again.
        await Eventually.BecomesTrueAsync(() => server.Bus.Status.IsConnected, "it says so");
    }

    // Small frames, and frames that are published and stored apart from their ids.
    [SpecificationTheory]
    [InlineData(0)]
    [InlineData(2_000)]
    public async Task Receive_AfterBeingCutOff_DeliversWhatWasMissedOnceAndInOrder(int padding)
    {
        await using var proxy = new ProxyTunnel();
        var publisher = await StartConnectedServerAsync();
        var cutOff = StartServerThrough(proxy);
        await cutOff.ConnectedAsync();
        var subscriber = Subscribe(cutOff);
        await publisher.PublishAsync(Key, "before");
        await subscriber.WaitForAsync(1);
        var values = Payload.Numbered(1000, new string('.', padding));

        proxy.CutOff();
        await PublishAll(publisher, values);
        proxy.Resume();
        await subscriber.WaitForAsync(1 + values.Length);
        await publisher.PublishAsync(Key, "after");
        await subscriber.WaitForAsync(values.Length + 2);

        Assert.Equal(["before", .. values, "after"], subscriber.Values);
        Assert.Equal(0, cutOff.Bus.Status.MessagesLost);
    }

    [SpecificationFact]
    public async Task Receive_AfterBeingCutOffWithoutHistory_GoesOnAndReportsWhatIsLost()
    {
        await using var proxy = new ProxyTunnel();
        var publisher = await StartConnectedServerAsync(options => options.HistoryMaxBytes = 0);
        var cutOff = StartServerThrough(proxy, options => options.HistoryMaxBytes = 0);
        await cutOff.ConnectedAsync();
        var lost = new TaskCompletionSource<MessagesLostEventArgs>(TaskCreationOptions.RunContinuationsAsynchronously);
        cutOff.Bus.MessagesLost += (_, e) => lost.TrySetResult(e);
        var subscriber = Subscribe(cutOff);
        await publisher.PublishAsync(Key, "before");
        await subscriber.WaitForAsync(1);
        var lastHeard = (long)subscriber.Received[0].Id;

        var reconnects = cutOff.Bus.Status.Reconnects;
        proxy.CutOff();
        await PublishAll(publisher, Payload.Numbered(10));
        proxy.Resume();
        await Eventually.BecomesTrueAsync(
            () => cutOff.Bus.Status.IsConnected && cutOff.Bus.Status.Reconnects > reconnects, "the server is back");
        await publisher.PublishAsync(Key, "after");
        await subscriber.WaitUntilAsync("after");

        Assert.Equal(["before", "after"], subscriber.Values);
        var told = await Eventually.CompletesAsync(lost.Task, "the loss is reported");
        Assert.Equal(10, cutOff.Bus.Status.MessagesLost);
        Assert.Equal((lastHeard, lastHeard + 10), (told.AfterId, told.UpToId));
    }

    private async Task AssertHeardByBoth(TestServer first, TestServer second, TestSubscriber near, TestSubscriber far)
    {
        var values = Payload.Numbered(100, "after ");

        await PublishAll(first, values);
        await second.PublishAsync(Key, "from the other");
        foreach (var subscriber in new[] { near, far })
        {
            await subscriber.WaitUntilAsync("from the other");
            await subscriber.WaitUntilAsync(values[^1]);

            Assert.Equal(values, subscriber.Values.Where(values.Contains));
            string[] expected = [.. values, "from the other"];
            Assert.Equal(InOrder(expected), InOrder(subscriber.Values.Where(expected.Contains)));
            BackplaneSpecification.AssertIdsRise(subscriber.Received);
        }
    }

    /// <summary>Waits until a server receives its own messages again: not only for its first connection.</summary>
    private static async Task ReconnectedAsync(TestServer server, TestSubscriber subscriber)
    {
        var value = $"{server.Source} is back";

        // A topology that must first find its master takes a few of the shortest time-outs.
        await Eventually.BecomesTrueAsync(
            async () =>
            {
                try
                {
                    await server.PublishAsync(Key, value);
                    return true;
                }
                catch (BackplaneTimeoutException)
                {
                    return false;
                }
            },
            "a server publishes again");
        await subscriber.WaitUntilAsync(value);
    }

    private static Task PublishAll(TestServer server, IEnumerable<string> values) =>
        Bounded(Task.WhenAll(values.Select(value => server.PublishAsync(Key, value))), "every message is stored");

    private static Task Bounded(Task task, string what) => Eventually.CompletesAsync(task, what);
}
