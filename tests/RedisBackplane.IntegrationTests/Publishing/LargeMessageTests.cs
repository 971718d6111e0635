namespace RedisBackplane.IntegrationTests.Publishing;

/// <summary>Messages beyond the limits that Redis has for a call, or for what a subscriber has not read yet.</summary>
public sealed class LargeMessageTests
{
    private const int SendTooLarge = 2007;
#if NET
    private const int ConnectionShared = 1012;
#endif

    [RedisProcessTheory]
    [InlineData("proto-max-bulk-len 1mb")]
    [InlineData("client-query-buffer-limit 1mb")]
    public async Task Publish_RedisRefusesAMessageForItsSize_FailsItAloneAndSendsTheRestInOrder(string limit)
    {
        await using var redis = await RedisServerProcess.StartAsync(limit);

        await FailsAloneAsync(redis.EndPoint);
    }

    [RedisProcessFact]
    public async Task Publish_AProxyCutsTheConnectionForTheSizeOfAMessage_FailsItAloneAndSendsTheRestInOrder()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var proxy = TcpProxy.Start(redis);
        proxy.CutAbove(1024 * 1024);

        await FailsAloneAsync(proxy.EndPoint);
    }

#if NET // On Mono, the call that carries 8 MB was once not answered within 30 s.
    [RedisProcessTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Receive_AMessageExceedsTheOutputBufferOfASubscriber_ComesFromTheHistoryInParts(bool isLentWithResp3)
    {
        await using var redis = await RedisServerProcess.StartAsync("client-output-buffer-limit pubsub 4mb 0 0");
        using var lent = await ConnectionMultiplexer.ConnectAsync(redis.EndPoint + ",protocol=resp3");
        var appName = AppNames.Unique("large");
        using var server = new TestServer(options =>
        {
            options.AppName = appName;
            options.ConnectionString = isLentWithResp3 ? null : redis.EndPoint;
            options.Connection = isLentWithResp3 ? lent : null;
        });
        await server.ConnectedAsync();
        using var subscriber = server.Subscribe("key");
        using var publisher = await TestServer.StartAsync(redis.EndPoint, appName, options => options.SendOnly = true);
        var large = new string('x', 8_000_000);

        await publisher.PublishAsync("key", "before");
        await publisher.PublishAsync("key", large);
        await publisher.PublishAsync("key", "after");
        await subscriber.WaitUntilAsync("after");

        Assert.Equal(["before", large, "after"], subscriber.Values);

        // The client library reports a new connection after it has used it.
        await Eventually.BecomesTrueAsync(() => server.Bus.Status.Reconnects >= 1, "the connection that Redis closed is back");
        Assert.InRange(server.Bus.Status.Reconnects, 1, 4);
        Assert.Equal(0, server.Bus.Status.MessagesLost);
        Assert.Equal(isLentWithResp3 ? 1 : 0, server.Logs.Of(ConnectionShared).Count());
    }
#endif

    private static async Task FailsAloneAsync(string endPoint)
    {
        using var server = await TestServer.StartAsync(endPoint, AppNames.Unique("large"));
        using var subscriber = server.Subscribe("key");

        var publishes = Enumerable.Range(0, 20)
            .Select(i => server.PublishAsync("key", i == 10 ? new string('x', 2_000_000) : i.ToString(CultureInfo.InvariantCulture)))
            .ToArray();
        var refusal = await Assert.ThrowsAsync<BackplaneException>(() => Eventually.CompletesAsync(publishes[10], "the large one ends"));
        await Eventually.CompletesAsync(Task.WhenAll(publishes.Where((_, i) => i != 10)), "all others are stored");
        await subscriber.WaitForAsync(publishes.Length - 1);

        Assert.Contains("for its size of 200", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(0, 20).Where(i => i != 10).Select(i => i.ToString(CultureInfo.InvariantCulture)), subscriber.Values);
        Assert.Single(server.Logs.Of(SendTooLarge));
        Assert.InRange(server.Logs.Lines.Count, 1, 100);
    }
}
