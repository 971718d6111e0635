namespace RedisBackplane.IntegrationTests.Specifications;

/// <summary>
/// What every specification needs: its topology, the name of its farm, and servers that end with the test. If its
/// topology does not exist here, a test is skipped with the reason.
/// </summary>
public abstract class Specification(Func<RedisTopology> topology) : IAsyncLifetime
{
    private readonly Stack<IDisposable> _disposables = new();

    protected const string Key = "key";

    protected RedisTopology Topology { get; } = topology();

    protected string AppName { get; } = AppNames.Unique("specification");

    public virtual async Task InitializeAsync()
    {
        Skip.If(Topology.SkipReason is not null, Topology.SkipReason);
        await Topology.StartAsync();
    }

    public virtual async Task DisposeAsync()
    {
        while (_disposables.Count > 0)
        {
            _disposables.Pop().Dispose();
        }

        await Topology.DisposeAsync();
    }

    /// <summary>Sets the common options of all servers, except for the connection.</summary>
    protected virtual void Configure(RedisBackplaneOptions options)
    {
    }

    /// <summary>A server that may not be connected yet.</summary>
    protected TestServer StartServer(Action<RedisBackplaneOptions>? configure = null, string? appName = null) =>
        Track(new TestServer(options =>
        {
            options.AppName = appName ?? AppName;
            Topology.Connect(options);
            Topology.Configure(options);
            Configure(options);
            configure?.Invoke(options);
        }));

    /// <summary>A server whose every connection goes through proxies.</summary>
    protected TestServer StartServerThrough(ProxyTunnel proxies, Action<RedisBackplaneOptions>? configure = null) =>
        StartServer(options =>
        {
            options.ConnectionString = null;
            options.ConfigurationOptions = Topology.ConfigurationOf(options.AppName);
            options.ConfigurationOptions.Tunnel = proxies;
            configure?.Invoke(options);
        });

    protected async Task<TestServer> StartConnectedServerAsync(Action<RedisBackplaneOptions>? configure = null, string? appName = null)
    {
        var server = StartServer(configure, appName);
        await server.ConnectedAsync();
        return server;
    }

    protected TestSubscriber Subscribe(TestServer server, params string[] keys) => Track(server.Subscribe(keys.Length == 0 ? [Key] : keys));

    /// <summary>The messages of several senders: in one order if there is one stream, otherwise in any order.</summary>
    protected IEnumerable<string> InOrder(IEnumerable<string> values) =>
        Topology.StreamCount == 1 ? values : values.OrderBy(value => value, StringComparer.Ordinal);

    /// <summary>Ends it with the test, the last one first.</summary>
    protected T Track<T>(T disposable)
        where T : IDisposable
    {
        _disposables.Push(disposable);
        return disposable;
    }
}
