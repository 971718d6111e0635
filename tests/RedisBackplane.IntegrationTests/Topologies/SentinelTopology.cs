using RedisBackplane.TestInfrastructure;

namespace RedisBackplane.IntegrationTests.Topologies;

/// <summary>
/// A master with two replicas, reached by its name through three Sentinels. The tests of this process share it one after the other: it
/// takes seconds to come into step.
/// </summary>
internal sealed class SentinelTopology : RedisTopology
{
    /// <summary>The tests that share it, and so do not run beside each other.</summary>
    public const string Collection = nameof(SentinelTopology);

    private static readonly Lazy<Task<RedisSentinelFarm>> Shared = new(RedisSentinelFarm.StartAsync);

    private RedisSentinelFarm? _farm;

    public override string ConnectionString => Farm.ConnectionString;

    public override string? SkipReason => TestRedisSource.ProcessSkipReason;

    private RedisSentinelFarm Farm => _farm ?? throw new InvalidOperationException("Not started.");

    public override async Task StartAsync()
    {
        _farm = await Shared.Value;
        await _farm.StartAgainAsync();
    }

    public override Task StopAsync() => Farm.StopAsync();

    public override ValueTask DisposeAsync() => default;
}
