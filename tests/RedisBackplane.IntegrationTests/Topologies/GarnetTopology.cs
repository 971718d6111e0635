#if NET
namespace RedisBackplane.IntegrationTests.Topologies;

/// <inheritdoc cref="EmbeddedGarnet"/>
internal sealed class GarnetTopology : RedisTopology
{
    private readonly EmbeddedGarnet _server = new();

    public override string ConnectionString => _server.ConnectionString;

    public override Task StartAsync()
    {
        _server.Start();
        return Task.CompletedTask;
    }

    public override Task StopAsync()
    {
        _server.Dispose();
        return Task.CompletedTask;
    }

    public override ValueTask DisposeAsync() => new(StopAsync());
}
#endif
