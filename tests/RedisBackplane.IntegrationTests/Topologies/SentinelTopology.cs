namespace RedisBackplane.IntegrationTests.Topologies;

/// <summary>
/// A master with two replicas, reached by its name through three Sentinels. The tests of a class share it one after the
/// other, because it takes seconds until they agree.
/// </summary>
/// <param name="isDisturbed">Whether tests of one class may stop it.</param>
internal sealed class SentinelTopology(bool isDisturbed = false) : RedisTopology
{
    private static readonly Lazy<Task<RedisSentinelFarm>> Shared = new(RedisSentinelFarm.StartAsync);
    private static readonly Lazy<Task<RedisSentinelFarm>> Disturbed = new(RedisSentinelFarm.StartAsync);

    private RedisSentinelFarm? _farm;

    public override string ConnectionString => Farm.ConnectionString;

    public override string? SkipReason => TestRedisSource.ProcessSkipReason;

    private RedisSentinelFarm Farm => _farm ?? throw new InvalidOperationException("Not started.");

    public override async Task StartAsync()
    {
        _farm = await (isDisturbed ? Disturbed : Shared).Value;
        await _farm.StartAgainAsync();
    }

    public override Task StopAsync() => isDisturbed ? Farm.StopAsync() : base.StopAsync();

    public override ValueTask DisposeAsync() => default;
}
