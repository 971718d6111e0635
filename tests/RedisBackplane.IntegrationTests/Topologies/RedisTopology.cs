using StackExchange.Redis;

namespace RedisBackplane.IntegrationTests.Topologies;

/// <summary>One way in which a farm can have its Redis. The specifications run over each of them.</summary>
public abstract class RedisTopology : IAsyncDisposable
{
    /// <summary>How StackExchange.Redis reaches it.</summary>
    public abstract string ConnectionString { get; }

    /// <summary>How somebody reaches it who may do everything.</summary>
    public virtual ConfigurationOptions Administrator
    {
        get
        {
            var configuration = ConfigurationOptions.Parse(ConnectionString);
            configuration.AllowAdmin = true;
            return configuration;
        }
    }

    /// <summary>Why its tests are skipped here; null when they run.</summary>
    public virtual string? SkipReason => null;

    /// <summary>What a server of a farm on it is set to besides.</summary>
    public virtual void Configure(RedisBackplaneOptions options)
    {
    }

    /// <summary>The channel of a farm.</summary>
    public virtual RedisChannel ChannelOf(string appName) => RedisChannel.Literal(appName);

    /// <summary>How a server of a farm reaches it, whose name is known then.</summary>
    public virtual ConfigurationOptions ConfigurationOf(string appName) => ConfigurationOptions.Parse(ConnectionString);

    /// <summary>Lets a server of a farm use it; the name of the farm is set.</summary>
    public virtual void Connect(RedisBackplaneOptions options) => options.ConnectionString = ConnectionString;

    /// <summary>Over how many streams its farms are spread; between them there is no order.</summary>
    public virtual int StreamCount => 1;

    /// <summary>
    /// Makes it reachable, on the same address as before when it was stopped. Its memory is then empty.
    /// </summary>
    public abstract Task StartAsync();

    /// <summary>
    /// Makes it unreachable; its memory is lost. Only a topology that the test does not share can do it.
    /// </summary>
    public virtual Task StopAsync() => throw new NotSupportedException($"{GetType().Name} is shared and cannot be stopped.");

    /// <summary>
    /// Runs an administrator's command, given as it would be typed, on every server that takes writes.
    /// </summary>
    public virtual async Task DoEverywhereAsync(string command)
    {
        var words = command.Split(' ');
        using var administrator = await ConnectionMultiplexer.ConnectAsync(Administrator);
        await administrator.GetDatabase().ExecuteAsync(words[0], words.Skip(1).ToArray<object>());
    }

    public abstract ValueTask DisposeAsync();
}
