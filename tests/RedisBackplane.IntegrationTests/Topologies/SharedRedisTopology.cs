namespace RedisBackplane.IntegrationTests.Topologies;

/// <summary>The Redis that this process's tests share: a single server, the most frequent topology.</summary>
/// <param name="isSharded">
/// Whether the farm's channel is a sharded one, or a plain one, which is the default on a single server.
/// </param>
internal sealed class SharedRedisTopology(bool isSharded = false) : RedisTopology
{
    private RedisTestServer? _server;

    public override string ConnectionString => _server?.ConnectionString ?? throw new InvalidOperationException("Not started.");

    public override string? SkipReason => TestRedisSource.SkipReason;

    public override void Configure(RedisBackplaneOptions options) =>
        options.ShardedPubSub = isSharded ? ShardedPubSub.On : ShardedPubSub.Auto;

    public override RedisChannel ChannelOf(string appName) => isSharded ? RedisChannel.Sharded(appName) : base.ChannelOf(appName);

    public override async Task StartAsync() => _server = await RedisTestServer.GetSharedAsync();

    public override ValueTask DisposeAsync() => default;
}
