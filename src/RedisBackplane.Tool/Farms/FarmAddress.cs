using RedisBackplane.Redis.Connection;
using RedisBackplane.Redis.Stream;
using StackExchange.Redis;

namespace RedisBackplane.Tool.Farms;

/// <summary>The address of a farm: its Redis and its <c>AppName</c>. Immutable.</summary>
internal sealed class FarmAddress
{
    // A person waits: a Redis that does not answer within this time is considered absent.
    private static readonly TimeSpan ConnectWithin = TimeSpan.FromSeconds(5);

    private readonly ConfigurationOptions _configuration;

    private FarmAddress(ConfigurationOptions configuration, string appName, int database)
    {
        _configuration = configuration;
        AppName = appName;
        Database = database;
        Names = new RedisNames(appName, database);
    }

    public string AppName { get; }

    public int Database { get; }

    /// <summary>The names that the farm uses in Redis, for its first stream.</summary>
    public RedisNames Names { get; }

    /// <summary>The farm's key for message authentication, if it has one.</summary>
    public byte[]? AuthenticationKey { get; init; }

    /// <summary>The names for another stream.</summary>
    public RedisNames NamesOf(int stream) => stream == 0 ? Names : new RedisNames(AppName, Database, stream);

    /// <summary>
    /// The channel of a stream, of the kind that the farm has chosen. Both kinds if its first server may choose either,
    /// as on a cluster.
    /// </summary>
    public async Task<IReadOnlyList<RedisChannel>> FindChannelsAsync(IConnectionMultiplexer connection, int stream = 0)
    {
        var names = NamesOf(stream);
        var kind = await connection.GetDatabase(Database).StringGetAsync(names.ChannelKind);
        if (kind == RedisNames.ShardedKind)
        {
            return [names.ShardedChannel];
        }

        var isOpen = kind.IsNull && connection.GetServers().Any(
            static server => server is { ServerType: ServerType.Cluster, Features.ShardedPubSub: true });
        return isOpen ? [names.Channel, names.ShardedChannel] : [names.Channel];
    }

    /// <summary>The servers, for a message; no password.</summary>
    public string Servers => string.Join(",", _configuration.EndPoints.Select(endpoint => RedisConnectionSource.Describe(endpoint)));

    /// <summary>Whether Sentinels say which server is the master.</summary>
    public bool IsBySentinel => !string.IsNullOrEmpty(_configuration.ServiceName);

    public static FarmAddress Parse(
        string redis, string appName, int database, string? user, string? password, byte[]? authenticationKey = null)
    {
        if (!ConnectionText.TryParse(redis, out var configuration, out var fault))
        {
            throw new ToolException($"--redis {fault}.");
        }

        RedisConnectionSource.SetDefaultPorts(configuration);
        configuration.User = user ?? configuration.User;
        configuration.Password = password is { Length: > 0 } given ? given : configuration.Password;
        configuration.ClientName ??= "redis-backplane";
        configuration.AbortOnConnectFail = true;
        configuration.ConnectRetry = 1;
        configuration.ConnectTimeout = Math.Min(configuration.ConnectTimeout, (int)ConnectWithin.TotalMilliseconds);

        // Allows INFO, CONFIG GET and CLIENT LIST, which change nothing.
        configuration.AllowAdmin = true;
        var effective = database != 0 ? database : configuration.DefaultDatabase ?? 0;
        var address = new FarmAddress(configuration, appName, effective) { AuthenticationKey = authenticationKey };
        RedisBackplaneOptionsValidator.ThrowIfInvalid(address.BusOptions());
        return address;
    }

    /// <summary>Settings of a bus of this farm.</summary>
    public RedisBackplaneOptions BusOptions() => new()
    {
        AppName = AppName,
        ConfigurationOptions = _configuration,
        Database = Database,
        AuthenticationKeys = AuthenticationKey is { } key ? [key] : [],
    };

    /// <summary>Connects.</summary>
    /// <param name="within">How long an attempt may take, if that is less than usual.</param>
    /// <exception cref="ToolException">There is no Redis, or it accepts no connection.</exception>
    public async Task<ConnectionMultiplexer> ConnectAsync(TimeSpan? within = null)
    {
        var configuration = _configuration.Clone();
        if (within is { } limit)
        {
            configuration.ConnectTimeout = Math.Min(configuration.ConnectTimeout, (int)limit.TotalMilliseconds);
        }

        try
        {
            return await ConnectAsync(configuration);
        }
        catch (Exception exception) when (exception is RedisConnectionException or TimeoutException)
        {
            throw new ToolException($"No connection to Redis at {Servers}: {exception.Message}", innerException: exception);
        }
    }

    private static async Task<ConnectionMultiplexer> ConnectAsync(ConfigurationOptions configuration)
    {
        try
        {
            return await ConnectionMultiplexer.ConnectAsync(configuration);
        }
        catch (RedisConnectionException exception) when (exception.Message.Contains("MISCONF", StringComparison.Ordinal))
        {
            // A Redis whose disk fails refuses PING like a write. Without that command, the client library uses others.
            configuration.CommandMap = CommandMap.Create(["PING"], available: false);
            return await ConnectionMultiplexer.ConnectAsync(configuration);
        }
    }
}
