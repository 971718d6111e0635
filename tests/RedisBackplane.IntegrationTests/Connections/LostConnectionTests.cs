namespace RedisBackplane.IntegrationTests.Connections;

/// <summary>Faults that only a real Redis can cause.</summary>
public sealed class LostConnectionTests : IAsyncLifetime
{
    private readonly string _appName = AppNames.Unique("lost");
    private RedisServerProcess _redis = null!;

    public async Task InitializeAsync() => _redis = await RedisServerProcess.StartAsync();

    public async Task DisposeAsync() => await _redis.DisposeAsync();

    [RedisProcessFact]
    public async Task Receive_WhileSubscriptionsAreKilled_LosesAndDoublesNothing()
    {
        using var publisher = await TestServer.StartAsync(_redis.EndPoint, _appName);
        using var receiver = await TestServer.StartAsync(_redis.EndPoint, _appName);
        using var subscriber = receiver.Subscribe("key");

        // Without a subscription of its own (configChannel), because the command would kill that too.
        using var administrator = await ConnectionMultiplexer.ConnectAsync(_redis.EndPoint + ",allowAdmin=true,configChannel=");
        var values = Payload.Numbered(3000);

        foreach (var part in values.Chunked(500))
        {
            var publishes = Task.WhenAll(part.Select(value => publisher.PublishAsync("key", value)));
            await administrator.GetDatabase().ExecuteAsync("CLIENT", "KILL", "TYPE", "pubsub");
            await Eventually.CompletesAsync(publishes, "every message is stored");
        }

        await subscriber.WaitForAsync(values.Length);
        await publisher.PublishAsync("key", "end");
        await subscriber.WaitUntilAsync("end");

        Assert.Equal([.. values, "end"], subscriber.Values);
    }

    [RedisProcessFact]
    public async Task Connection_LostAgainAndAgain_IsSaidToBeBackAFewTimesOfABurst()
    {
        const int connected = 1002;
        const int linesOfABurst = 5;
        const int losses = 12;
        await using var proxy = TcpProxy.Start(_redis);
        using var server = await TestServer.StartAsync(proxy.EndPoint, _appName);

        for (var i = 0; i < losses; i++)
        {
            proxy.RefuseNew();
            proxy.CutAll();
            await Eventually.BecomesTrueAsync(() => !server.Bus.Status.IsConnected, "the loss is noticed");
            proxy.AcceptNew();
            await Eventually.BecomesTrueAsync(() => server.Bus.Status.IsConnected, "the connection is back");
        }

        // A busy machine may need so long that another burst begins.
        var lines = server.Logs.Of(connected).Select(line => line.At.TotalSeconds).ToList();
        var bursts = lines.Where((_, i) => i % linesOfABurst == 0).ToList();
        Assert.InRange(lines.Count, linesOfABurst, losses);
        Assert.All(bursts.Skip(1).Zip(bursts, (next, burst) => next - burst), pause => Assert.InRange(pause, 5, double.MaxValue));
    }

    // As behind a proxy that lost its state. Each later answer is taken for that of an earlier call.
    [RedisProcessFact]
    public async Task Connection_OneCallIsLostOnTheWay_IsReplacedAtTheNextAnswer()
    {
        const int outOfStep = 1013;
        await using var proxy = TcpProxy.Start(_redis);

        // The probe asks nothing in the meantime, so the lost call is that to join_farm.lua. If it timed out, on a busy
        // machine, its answer would be ignored, and the next call's would be wrong.
        using var server = await TestServer.StartAsync(
            proxy.EndPoint + ",asyncTimeout=60000", _appName, options => options.LivenessTimeout = TimeSpan.FromSeconds(60));
        using var subscriber = server.Subscribe("key");

        // On a busy machine, calls of the start are still on their way.
        await Eventually.BecomesTrueAsync(() => IsQuietAsync(proxy), "only join_farm.lua is called, every two seconds");
        proxy.Blackhole(ProxyDirections.ToServer);
        await Eventually.BecomesTrueAsync(() => proxy.BytesSwallowed > 0, "a call is lost");
        proxy.Resume();

        await Eventually.CompletesAsync(server.PublishAsync("key", "value"), "the message is stored");

        await subscriber.WaitForAsync(1);

        // Both calls get a wrong answer at the same moment. Chance decides whose code runs first.
        Assert.Matches(@"answered (join_farm|publish)\.lua ", Assert.Single(server.Logs.Of(outOfStep)).Text);
        Assert.Equal(1, server.Bus.Status.Reconnects);
    }

    private static async Task<bool> IsQuietAsync(TcpProxy proxy)
    {
        var before = proxy.BytesToServer;
        await Task.Delay(TimeSpan.FromSeconds(1));
        return proxy.BytesToServer == before;
    }
}
