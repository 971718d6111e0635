namespace RedisBackplane.IntegrationTests.Connections;

/// <summary>The features that a Redis lacks are found at start-up, and logged once.</summary>
public sealed class LackingRedisTests
{
    private const int HistoryUnavailableEvent = 3004;
    private const int OlderPreviewEvent = 3014;
    private const int SettleFailedEvent = 3005;
    private const int UnnamedEvent = 3031;

    private readonly string _appName = AppNames.Unique("lacking");

    [RedisProcessFact]
    public async Task WithoutInfo_IsSaidOnce_AlsoAfterAReconnect()
    {
        await using var redis = await RedisServerProcess.StartAsync(RedisProcessTopology.WithoutInsight);
        using var server = await TestServer.StartAsync(redis.EndPoint, _appName);

        await redis.RestartAsync();
        await Eventually.BecomesTrueAsync(() => server.Bus.Status is { IsConnected: true, Reconnects: > 0 }, "the server is back");

        Assert.Single(server.Logs.Lines, line => line.Event == UnnamedEvent);
    }

    [RedisProcessTheory]
    [InlineData("XADD", "{0}:history", "*", "f", "x")]
    [InlineData("ZADD", "{0}:history:sorted", "1", "x")]
    public async Task WithTheHistoryOfAnOlderPreview_IsSaidOnce(string command, string key, params string[] rest)
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var administrator = await ConnectionMultiplexer.ConnectAsync(redis.EndPoint);
        key = string.Format(CultureInfo.InvariantCulture, key, $"{{{_appName}}}");
        await administrator.GetDatabase().ExecuteAsync(command, [key, .. rest]);
        using var server = await TestServer.StartAsync(redis.EndPoint, _appName);

        await redis.RestartAsync();
        await Eventually.BecomesTrueAsync(() => server.Bus.Status is { IsConnected: true, Reconnects: > 0 }, "the server is back");

        Assert.True(server.Bus.Status.HasHistory);
        Assert.Contains(key, Assert.Single(server.Logs.Lines, line => line.Event == OlderPreviewEvent).Text, StringComparison.Ordinal);
    }

    [RedisProcessFact]
    public async Task WithoutRangesOfStrings_IsSaidOnceAndShown()
    {
        await using var redis = await RedisServerProcess.StartAsync(RedisProcessTopology.WithoutHistory);
        using var server = await TestServer.StartAsync(redis.EndPoint, _appName);

        Assert.False(server.Bus.Status.HasHistory);
        Assert.Single(server.Logs.Lines, line => line.Event == HistoryUnavailableEvent);
    }

    [RedisProcessFact]
    public async Task WithEverything_NothingIsSaid()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        using var server = await TestServer.StartAsync(redis.EndPoint, _appName);

        Assert.DoesNotContain(server.Logs.Lines, line => line.Event is HistoryUnavailableEvent or OlderPreviewEvent or UnnamedEvent);
    }

    [RedisProcessFact]
    public async Task WithoutShardedPubSub_WhereItIsAskedFor_IsRefusedAndSaid()
    {
        await using var redis = await RedisServerProcess.StartAsync("rename-command SPUBLISH \"\"");
        using var server = TestServer.Create(redis.EndPoint, _appName, options => options.ShardedPubSub = ShardedPubSub.On);

        await Eventually.BecomesTrueAsync(() => server.Logs.Lines.Any(line => line.Event == SettleFailedEvent), "the server says so");

        Assert.Contains("no sharded pub/sub (SPUBLISH, Redis 7)", server.Logs.ToString(), StringComparison.Ordinal);
        Assert.False(server.Bus.Status.IsConnected);
    }
}
