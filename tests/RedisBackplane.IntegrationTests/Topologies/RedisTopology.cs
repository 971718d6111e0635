namespace RedisBackplane.IntegrationTests.Topologies;

/// <summary>One topology of a farm's Redis. The specifications run over each of them.</summary>
public abstract class RedisTopology : IAsyncDisposable
{
    public abstract string ConnectionString { get; }

    /// <summary>The configuration of a user with all rights.</summary>
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

    /// <summary>Sets the additional options of a server on this topology.</summary>
    public virtual void Configure(RedisBackplaneOptions options)
    {
    }

    public virtual RedisChannel ChannelOf(string appName) => RedisChannel.Literal(appName);

    /// <summary>The configuration of a server of a farm, when the farm's name is known.</summary>
    public virtual ConfigurationOptions ConfigurationOf(string appName) => ConfigurationOptions.Parse(ConnectionString);

    /// <summary>Lets a server of a farm use it; the name of the farm is set.</summary>
    public virtual void Connect(RedisBackplaneOptions options) => options.ConnectionString = ConnectionString;

    /// <summary>The number of streams of its farms. There is no order between streams.</summary>
    public virtual int StreamCount => 1;

    /// <summary>Makes it reachable, with an empty memory; on the same address as before if it was stopped.</summary>
    public abstract Task StartAsync();

    /// <summary>Makes it unreachable, and empties its memory. Not possible for a topology that tests share.</summary>
    public virtual Task StopAsync() => throw new NotSupportedException($"{GetType().Name} is shared and cannot be stopped.");

    /// <summary>Runs an administrator's command, as in redis-cli, on every server that accepts writes.</summary>
    public virtual async Task DoEverywhereAsync(string command)
    {
        var words = command.Split(' ');
        using var administrator = await ConnectionMultiplexer.ConnectAsync(Administrator);
        await administrator.GetDatabase().ExecuteAsync(words[0], words.Skip(1).ToArray<object>());
    }

    public abstract ValueTask DisposeAsync();
}
