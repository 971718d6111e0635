using System.Diagnostics;

namespace RedisBackplane.IntegrationTests.Streams;

/// <summary>A cluster of which one master goes silent. The others, which carry other streams, prove nothing.</summary>
public sealed class SilentMasterTests
{
    private const int ConnectionSilent = 1007;
    private const int Streams = 8;

    /// <param name="swallowsGreetings">
    /// Whether the connections that replace the dead one begin before the master answers again. Then their greetings
    /// have no answer. With a plain channel, which any server carries, only calls fail.
    /// </param>
    /// <param name="delay">
    /// How many milliseconds each direction then needs. The new connection takes longer than the moments at which the
    /// streams look are apart, and none of them may replace it before it has had its time.
    /// </param>
    [RedisProcessTheory]
    [InlineData(false, 0)]
    [InlineData(true, 0)]
    [InlineData(false, 60)]
    public async Task Probe_MasterOfSomeStreamsAnswersNothing_ReplacesTheConnection(bool swallowsGreetings, int delay)
    {
        var appName = AppNames.Unique("silent-master");
        await using var redis = await RedisClusterFarm.StartAsync();
        await using var proxies = new ProxyTunnel();
        using var server = new TestServer(options =>
        {
            options.AppName = appName;
            options.ConfigurationOptions = ConfigurationOptions.Parse(redis.ConnectionString);
            options.ConfigurationOptions.Tunnel = proxies;
            options.StreamCount = Streams;
            options.ShardedPubSub = swallowsGreetings ? ShardedPubSub.Off : ShardedPubSub.Auto;
            options.LivenessTimeout = TimeSpan.FromSeconds(1);
        });
        await server.ConnectedAsync();
        var silent = await FindAnotherOwnerAsync(redis, appName);

        var accepted = proxies.AcceptedConnections(silent.Port);
        proxies.Blackhole(silent.Port);
        var watch = Stopwatch.StartNew();
        await Eventually.BecomesTrueAsync(() => server.Logs.Of(ConnectionSilent).Any(), "the dead connection is noticed");

        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"It took {watch.Elapsed}.");
        if (swallowsGreetings)
        {
            await Eventually.BecomesTrueAsync(
                () => proxies.AcceptedConnections(silent.Port) > accepted
                    && server.Bus.Status.Streams.Any(stream => stream.IsConnected),
                "other streams are back");
        }

        proxies.Resume();
        proxies.Delay(TimeSpan.FromMilliseconds(delay));
        var publishes = Task.WhenAll(Enumerable.Range(0, 4 * Streams).Select(i => server.Bus.Publish(
            new Message(FormattableString.Invariant($"source-{i}"), "key", "value"))));
        var failure = await Record.ExceptionAsync(() => Eventually.CompletesAsync(publishes, "every stream is back"));
        Assert.True(failure is null, $"{failure} The bus logged: {server.Logs}");
        Assert.InRange(server.Logs.Lines.Count, 0, 1000);
    }

    /// <summary>The master of a stream that is not the first.</summary>
    private static async Task<RedisClusterNode> FindAnotherOwnerAsync(RedisClusterFarm redis, string appName)
    {
        var first = await redis.OwnerOfAsync(await redis.SlotOfAsync("{" + appName + "}"));
        for (var stream = 1; stream < Streams; stream++)
        {
            var owner = await redis.OwnerOfAsync(await redis.SlotOfAsync(FormattableString.Invariant($"{{{appName}{{{stream}}}")));
            if (owner != first)
            {
                return owner;
            }
        }

        throw new InvalidOperationException("One master has all streams.");
    }
}
