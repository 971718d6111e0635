using RedisBackplane.TestInfrastructure;
using StackExchange.Redis;

namespace RedisBackplane.IntegrationTests.Topologies;

/// <summary>A Redis Cluster of six, which the tests of this process share one after the other: it takes seconds to form.</summary>
/// <param name="isSharded">Whether the farm's channel is a sharded one, as it is on a cluster if nothing is said, or a plain one.</param>
/// <param name="further">More of the connection string, such as <c>,protocol=resp3</c>.</param>
internal sealed class ClusterTopology(bool isSharded = true, string further = "") : RedisTopology
{
    /// <summary>The tests that share it, and so do not run beside each other.</summary>
    public const string Collection = nameof(ClusterTopology);

    private static readonly Lazy<Task<RedisClusterFarm>> Shared = new(() => RedisClusterFarm.StartAsync());

    private RedisClusterFarm? _farm;

    public override string ConnectionString => Farm.ConnectionString + further;

    public override string? SkipReason => TestRedisSource.ProcessSkipReason;

    private RedisClusterFarm Farm => _farm ?? throw new InvalidOperationException("Not started.");

    public override void Configure(RedisBackplaneOptions options) =>
        options.ShardedPubSub = isSharded ? ShardedPubSub.Auto : ShardedPubSub.Off;

    public override RedisChannel ChannelOf(string appName) => isSharded ? RedisChannel.Sharded(appName) : base.ChannelOf(appName);

    /// <summary>The cluster, whole.</summary>
    public static async Task<RedisClusterFarm> GetFarmAsync()
    {
        var farm = await Shared.Value;
        await farm.StartAgainAsync();
        return farm;
    }

    public override async Task StartAsync() => _farm = await GetFarmAsync();

    public override Task StopAsync() => Farm.StopAsync();

    public override Task DoEverywhereAsync(string command) => Farm.AskMastersAsync(command);

    public override ValueTask DisposeAsync() => default;
}
