using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Messaging;
using StackExchange.Redis;

namespace RedisBackplane.Tool.Tests;

/// <summary>A farm on its own Redis, for one test of the tool.</summary>
public abstract class FarmTest : IAsyncLifetime
{
    private RedisServerProcess? _redis;

    protected string App { get; } = AppNames.Unique("tool");

    protected string Redis => _redis!.EndPoint;

    public async Task InitializeAsync() =>
        _redis = RedisServerProcess.FindExecutable() is null ? null : await RedisServerProcess.StartAsync();

    public async Task DisposeAsync()
    {
        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }
    }

    protected async Task RestartAsync(params string[] configuration)
    {
        await DisposeAsync();
        _redis = await RedisServerProcess.StartAsync(configuration);
    }

    /// <summary>Sends a command to the Redis, with the rights of the user <c>default</c> at that moment.</summary>
    protected async Task<string?> AskAsync(params string[] command)
    {
        await using var administrator = await ConnectionMultiplexer.ConnectAsync(Redis + ",allowAdmin=true");
        return (string?)await administrator.GetDatabase().ExecuteAsync(command[0], [.. command.Skip(1)]);
    }

    /// <summary>The command line of a command for this farm.</summary>
    protected string[] With(params string[] command) => [.. command, "--app", App, "--redis", Redis];

    /// <summary>What the doctor reports about one check.</summary>
    protected static JsonElement LineOf(IEnumerable<JsonElement> findings, string check) =>
        findings.Single(line => line.GetProperty("check").GetString() == check);

    protected static string? VerdictOf(IEnumerable<JsonElement> findings, string check) =>
        LineOf(findings, check).GetProperty("verdict").GetString();

    /// <summary>A server of the farm, as far as the backplane sees it.</summary>
    protected sealed class FarmServer : IDisposable
    {
        private readonly DefaultDependencyResolver _resolver = new();
        private readonly RedisMessageBus _bus;

        public FarmServer(string redis, string app, Action<RedisBackplaneOptions>? configure = null)
        {
            _resolver.UseRedis(options =>
            {
                (options.ConnectionString, options.AppName) = (redis, app);
                configure?.Invoke(options);
            });
            _bus = _resolver.Resolve<RedisMessageBus>();
        }

        public async Task PublishAsync(string key, params string[] values)
        {
            foreach (var value in values)
            {
                await Eventually.CompletesAsync(_bus.Publish(new Message("source", key, value)), "it is stored");
            }
        }

        public Task PublishFromAsync(IEnumerable<string> sources) => Eventually.CompletesAsync(
            Task.WhenAll(sources.Select(source => _bus.Publish(new Message(source, "h-ChatHub", "hello")))), "they are stored");

        public void Dispose() => _resolver.Dispose();
    }
}
