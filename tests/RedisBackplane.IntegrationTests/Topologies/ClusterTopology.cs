namespace RedisBackplane.IntegrationTests.Topologies;

/// <summary>A Redis Cluster of six, which the tests of this process share: it takes seconds to form.</summary>
/// <param name="isSharded">
/// Whether the farm's channel is a sharded one, which is the default on a cluster, or a plain one.
/// </param>
/// <param name="further">Additional text of the connection string, such as <c>,protocol=resp3</c>.</param>
/// <param name="isDisturbed">Whether tests may stop and change it. Such tests do not run at the same time.</param>
internal sealed class ClusterTopology(bool isSharded = true, string further = "", bool isDisturbed = false) : RedisTopology
{
    /// <summary>The collection of the tests that stop or change their cluster.</summary>
    public const string Disturbing = nameof(ClusterTopology);

    private static readonly Lazy<Task<RedisClusterFarm>> Shared = new(() => RedisClusterFarm.StartAsync());
    private static readonly Lazy<Task<RedisClusterFarm>> Disturbed = new(() => RedisClusterFarm.StartAsync());

    private RedisClusterFarm? _farm;

    public override string ConnectionString => Farm.ConnectionString + further;

    public override string? SkipReason => TestRedisSource.ProcessSkipReason;

    private RedisClusterFarm Farm => _farm ?? throw new InvalidOperationException("Not started.");

    public override void Configure(RedisBackplaneOptions options) =>
        options.ShardedPubSub = isSharded ? ShardedPubSub.Auto : ShardedPubSub.Off;

    public override RedisChannel ChannelOf(string appName) => isSharded ? RedisChannel.Sharded(appName) : base.ChannelOf(appName);

    /// <summary>The cluster that tests may stop and change, whole.</summary>
    public static async Task<RedisClusterFarm> GetDisturbedAsync()
    {
        var farm = await Disturbed.Value;
        await farm.StartAgainAsync();
        return farm;
    }

    public override async Task StartAsync() => _farm = isDisturbed ? await GetDisturbedAsync() : await Shared.Value;

    public override Task StopAsync() => isDisturbed ? Farm.StopAsync() : base.StopAsync();

    public override Task DoEverywhereAsync(string command) => Farm.AskMastersAsync(command);

    public override ValueTask DisposeAsync() => default;
}
