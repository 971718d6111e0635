using RedisBackplane.TestInfrastructure;

namespace RedisBackplane.IntegrationTests.Topologies;

/// <summary>A redis-server of the test's own, which it may stop.</summary>
internal sealed class RedisProcessTopology : RedisTopology
{
    private RedisServerProcess? _server;

    public override string ConnectionString => Server.EndPoint;

    public override string? SkipReason => TestRedisSource.ProcessSkipReason;

    private RedisServerProcess Server => _server ?? throw new InvalidOperationException("Not started.");

    public override async Task StartAsync()
    {
        if (_server is null)
        {
            _server = await RedisServerProcess.StartAsync();
        }
        else
        {
            await _server.StartAgainAsync();
        }
    }

    public override Task StopAsync() => Server.StopAsync();

    public override ValueTask DisposeAsync() => _server?.DisposeAsync() ?? default;
}
