using Microsoft.AspNet.SignalR;

namespace RedisBackplane.FaultHarness;

/// <summary>One server of a farm: a resolver of its own with the one line that turns the backplane on.</summary>
public sealed class FaultServer : IDisposable
{
    private readonly DefaultDependencyResolver _resolver = new();

    /// <summary>Creates the bus, which begins to connect.</summary>
    public FaultServer(string name, Action<RedisBackplaneOptions> configure)
    {
        Name = name;
        _resolver.UseRedis(options =>
        {
            options.LoggerFactory = Logs;
            configure(options);
        });
        Bus = _resolver.Resolve<RedisMessageBus>();
    }

    public string Name { get; }

    public RedisMessageBus Bus { get; }

    public RecordedLogger Logs { get; } = new() { MaxLines = 400 };

    public async Task ConnectedAsync() =>
        await Eventually.CompletesAsync(Bus.WhenConnectedAsync(), $"{Name} is connected").ConfigureAwait(false);

    public void Dispose() => _resolver.Dispose();
}
