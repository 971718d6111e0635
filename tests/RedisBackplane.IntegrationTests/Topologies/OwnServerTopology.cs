namespace RedisBackplane.IntegrationTests.Topologies;

/// <summary>A redis-server of one test, which may stop it.</summary>
internal abstract class OwnServerTopology : RedisTopology
{
    private RedisServerProcess? _server;

    public override string? SkipReason => TestRedisSource.ProcessSkipReason;

    protected RedisServerProcess Server => _server ?? throw new InvalidOperationException("Not started.");

    public override async Task StartAsync()
    {
        if (_server is null)
        {
            _server = await StartServerAsync();
        }
        else
        {
            await _server.StartAgainAsync();
        }
    }

    public override Task StopAsync() => Server.StopAsync();

    public override ValueTask DisposeAsync() => _server?.DisposeAsync() ?? default;

    protected abstract Task<RedisServerProcess> StartServerAsync();
}
