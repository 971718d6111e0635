using RedisBackplane.TestInfrastructure;

namespace RedisBackplane.IntegrationTests.Topologies;

/// <summary>The Redis that the tests of this process share: a single server, as most farms have it.</summary>
internal sealed class SharedRedisTopology : RedisTopology
{
    private RedisTestServer? _server;

    public override string ConnectionString => _server?.ConnectionString ?? throw new InvalidOperationException("Not started.");

    public override string? SkipReason => TestRedisSource.SkipReason;

    public override async Task StartAsync() => _server = await RedisTestServer.GetSharedAsync();

    public override ValueTask DisposeAsync() => default;
}
