using System.Diagnostics;
using System.Text.RegularExpressions;

namespace RedisBackplane.IntegrationTests.Publishing;

/// <summary>A full Redis evicts its record of a server's batches. No message is lost with it.</summary>
public sealed class EvictedRecordTests
{
    private const int RedisForgot = 2005;
    private const int RecordEvicted = 2009;

    [RedisProcessTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Publish_RedisEvictsTheRecord_SendsNothingAgainAndTellsThePolicy(bool onlySends)
    {
        await using var redis = await RedisServerProcess.StartAsync("maxmemory-policy volatile-ttl");
        var appName = AppNames.Unique("evicted");
        using var server = await TestServer.StartAsync(redis.EndPoint, appName, options => options.SendOnly = onlySends);
        using var listener = await TestServer.StartAsync(redis.EndPoint, appName);
        using var subscriber = listener.Subscribe("key");
        using var administrator = await ConnectionMultiplexer.ConnectAsync(redis.EndPoint + ",allowAdmin=true");
        await server.PublishAsync("key", "0");

        // A server that only sends is certain when its ids have continued for a while.
        var (clock, early) = (Stopwatch.StartNew(), 0);
        for (; onlySends && clock.Elapsed < TimeSpan.FromSeconds(1); early++)
        {
            await server.PublishAsync("other", "early");
        }

        await RedisMemory.LimitAsync(redis, 2 * 1024 * 1024);

        // More than there is room for. Redis evicts what expires first.
        var filler = new string('x', 20_000);
        for (var i = 1; i <= 300; i++)
        {
            await server.PublishAsync("key", i.ToString(CultureInfo.InvariantCulture));
            await server.PublishAsync("other", filler);
        }

        await subscriber.WaitUntilAsync("300");

        Assert.Equal(Enumerable.Range(0, 301).Select(i => i.ToString(CultureInfo.InvariantCulture)), subscriber.Values);

        // For a large message, the ids and the frame are published separately.
        Assert.Equal(early + 301 + (2 * 300), await PublishesAsync(administrator));
        Assert.Empty(server.Logs.Of(RedisForgot));
        Assert.Contains("maxmemory-policy", Assert.Single(server.Logs.Of(RecordEvicted)).Text, StringComparison.Ordinal);
    }

    private static async Task<int> PublishesAsync(ConnectionMultiplexer administrator)
    {
        var text = await administrator.GetServers()[0].InfoRawAsync("commandstats") ?? string.Empty;
        return int.Parse(Regex.Match(text, @"cmdstat_publish:calls=(\d+)").Groups[1].Value, CultureInfo.InvariantCulture);
    }
}
