namespace RedisBackplane.IntegrationTests.Receiving;

/// <summary>
/// A full Redis evicts keys of the bus: segments of the history, its state, counters. Servers that listen receive
/// everything, and a server that was cut off receives each message or reports its id as lost.
/// </summary>
public sealed class EvictedHistoryTests
{
    private const int Messages = 300;

    [RedisProcessTheory]
    [InlineData("allkeys-lru")]
    [InlineData("allkeys-lfu")]
    [InlineData("allkeys-random")]
    [InlineData("volatile-lru")]
    [InlineData("volatile-lfu")]
    [InlineData("volatile-random")]
    [InlineData("volatile-ttl")]
    public async Task CatchUp_RedisEvicted_DeliversOrReportsEachMessage(string policy)
    {
        await using var redis = await RedisServerProcess.StartAsync($"maxmemory-policy {policy}");
        await using var proxy = TcpProxy.Start(redis);
        var appName = AppNames.Unique("evicted");

        // If Redis evicted the record of the publisher together with the counter, it would send everything again, which
        // fills Redis again.
        using var live = TestServer.Create(redis.EndPoint, appName, options => options.RepublishMaxBytes = 0);
        using var cutOff = TestServer.Create(proxy.EndPoint, appName);
        var lost = new List<MessagesLostEventArgs>();
        cutOff.Bus.MessagesLost += (_, gap) =>
        {
            lock (lost)
            {
                lost.Add(gap);
            }
        };
        await live.ConnectedAsync();
        await cutOff.ConnectedAsync();
        using var complete = live.Subscribe("key");
        using var incomplete = cutOff.Subscribe("key");
        await live.PublishAsync("key", "first");
        await incomplete.WaitUntilAsync("first");

        proxy.RefuseNew();
        proxy.CutAll();
        await Eventually.BecomesTrueAsync(() => !cutOff.Bus.Status.IsConnected, "the server is cut off");
        
        // Room for a fraction of the messages.
        await RedisMemory.LimitAsync(redis, 2 * 1024 * 1024);
        var filler = new string('x', 20_000);
        for (var i = 0; i < Messages; i++)
        {
            await live.PublishAsync("key", i.ToString(CultureInfo.InvariantCulture) + filler);
        }

        proxy.AcceptNew();
        await Eventually.BecomesTrueAsync(() => cutOff.Bus.Status.IsConnected, "the server is back");
        await live.PublishAsync("key", "last");
        await complete.WaitUntilAsync("last");
        await incomplete.WaitUntilAsync("last");

        Assert.Equal(
            ["first", .. Enumerable.Range(0, Messages).Select(i => i.ToString(CultureInfo.InvariantCulture) + filler), "last"],
            complete.Values);
        var arrived = incomplete.Values.ToHashSet();
        Assert.Equal(complete.Values.Where(arrived.Contains), incomplete.Values);
        var missing = complete.Received.Where(message => !arrived.Contains(message.Value)).Select(message => (long)message.Id).ToList();
        Assert.NotEmpty(missing);
        // Each event has a thread of its own, and may come after the messages that follow the gap.
        await Eventually.BecomesTrueAsync(
            () =>
            {
                lock (lost)
                {
                    return missing.TrueForAll(id => lost.Exists(gap => gap.AfterId < id && id <= gap.UpToId));
                }
            },
            "every loss is told");
    }
}
