namespace RedisBackplane.IntegrationTests.Topologies;

/// <summary>Two Redis servers that know nothing of each other, and share the streams of a farm.</summary>
internal sealed class IndependentServersTopology : RedisTopology
{
    private readonly RedisProcessTopology[] _servers = [new(), new()];

    public override string ConnectionString => _servers[0].ConnectionString;

    public override string? SkipReason => _servers[0].SkipReason;

    public override int StreamCount => 4;

    public override void Connect(RedisBackplaneOptions options)
    {
        options.ConnectionStrings = [.. _servers.Select(server => server.ConnectionString)];
        options.StreamCount = StreamCount;
    }

    public override Task StartAsync() => Task.WhenAll(_servers.Select(server => server.StartAsync()));

    public override Task StopAsync() => Task.WhenAll(_servers.Select(server => server.StopAsync()));

    public override Task DoEverywhereAsync(string command) => Task.WhenAll(_servers.Select(server => server.DoEverywhereAsync(command)));

    public override async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }
    }
}
