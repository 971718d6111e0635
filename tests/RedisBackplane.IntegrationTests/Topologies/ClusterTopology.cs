using RedisBackplane.TestInfrastructure;

namespace RedisBackplane.IntegrationTests.Topologies;

/// <summary>A Redis Cluster of six, which the tests of this process share one after the other: it takes seconds to form.</summary>
internal sealed class ClusterTopology : RedisTopology
{
    /// <summary>The tests that share it, and so do not run beside each other.</summary>
    public const string Collection = nameof(ClusterTopology);

    private static readonly Lazy<Task<RedisClusterFarm>> Shared = new(() => RedisClusterFarm.StartAsync());

    private RedisClusterFarm? _farm;

    public override string ConnectionString => Farm.ConnectionString;

    public override string? SkipReason => TestRedisSource.ProcessSkipReason;

    private RedisClusterFarm Farm => _farm ?? throw new InvalidOperationException("Not started.");

    public override async Task StartAsync()
    {
        _farm = await Shared.Value;
        await _farm.StartAgainAsync();
    }

    public override Task StopAsync() => Farm.StopAsync();

    public override Task DoEverywhereAsync(string command) => Farm.AskMastersAsync(command);

    public override ValueTask DisposeAsync() => default;
}
