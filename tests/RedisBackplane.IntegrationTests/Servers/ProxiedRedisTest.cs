namespace RedisBackplane.IntegrationTests.Servers;

/// <summary>A test with its own redis-server, which its servers reach through a proxy.</summary>
public abstract class ProxiedRedisTest : IAsyncLifetime
{
    protected RedisServerProcess Redis { get; private set; } = null!;

    protected TcpProxy Proxy { get; private set; } = null!;

    protected string AppName { get; } = AppNames.Unique("proxied");

    public async Task InitializeAsync()
    {
        Redis = await RedisServerProcess.StartAsync();
        Proxy = TcpProxy.Start(Redis);
    }

    public async Task DisposeAsync()
    {
        await Proxy.DisposeAsync();
        await Redis.DisposeAsync();
    }

    protected void Cut()
    {
        Proxy.RefuseNew();
        Proxy.CutAll();
    }

    /// <summary>A server that may not be connected yet.</summary>
    protected TestServer Create(Action<RedisBackplaneOptions>? configure = null) => TestServer.Create(Proxy.EndPoint, AppName, configure);

    /// <summary>A server that sends and receives.</summary>
    protected Task<TestServer> StartAsync(Action<RedisBackplaneOptions>? configure = null) =>
        TestServer.StartAsync(Proxy.EndPoint, AppName, configure);
}
