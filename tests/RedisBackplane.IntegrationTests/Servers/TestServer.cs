using Microsoft.AspNet.SignalR;

namespace RedisBackplane.IntegrationTests.Servers;

/// <summary>
/// One server of a farm, as the backplane sees it: a resolver of its own with the line that turns the backplane on.
/// Hubs and transports are tested in the projects of their hosts.
/// </summary>
public sealed class TestServer : IDisposable
{
    public TestServer(Action<RedisBackplaneOptions> configure)
    {
        Resolver.UseRedis(options =>
        {
            options.LoggerFactory = Logs;
            configure(options);
        });
        Bus = Resolver.Resolve<RedisMessageBus>();
    }

    public DefaultDependencyResolver Resolver { get; } = new();

    public RedisMessageBus Bus { get; }

    public RecordedLogger Logs { get; } = new();

    /// <summary>The source of the messages that this server's hubs and connections would send.</summary>
    public string Source { get; } = Guid.NewGuid().ToString("N");

    public static TestServer Create(string connectionString, string appName, Action<RedisBackplaneOptions>? configure = null) =>
        new(options =>
        {
            options.ConnectionString = connectionString;
            options.AppName = appName;
            configure?.Invoke(options);
        });

    /// <summary>A server that sends and receives.</summary>
    public static async Task<TestServer> StartAsync(
        string connectionString, string appName, Action<RedisBackplaneOptions>? configure = null)
    {
        var server = Create(connectionString, appName, configure);
        await server.ConnectedAsync();
        return server;
    }

    public async Task ConnectedAsync(TimeSpan? timeout = null)
    {
        using var cancel = new CancellationTokenSource(timeout ?? Eventually.DefaultTimeout);
        try
        {
            await Bus.WhenConnectedAsync(cancel.Token);
        }
        catch (OperationCanceledException exception)
        {
            throw new TimeoutException($"The bus did not connect. It logged: {Logs}", exception);
        }
    }

    public TestSubscriber Subscribe(params string[] keys) => new(Bus, null, keys);

    public Task PublishAsync(string key, string value) => Bus.Publish(new Message(Source, key, value));

    /// <summary>Connects, and waits for a message of its own.</summary>
    public async Task HearsItselfAsync()
    {
        await ConnectedAsync();
        using var subscriber = Subscribe("key");
        await PublishAsync("key", "hello");
        await subscriber.WaitForAsync(1);
    }

    public void Dispose() => Resolver.Dispose();
}
