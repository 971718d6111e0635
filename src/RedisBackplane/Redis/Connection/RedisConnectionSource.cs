using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace RedisBackplane.Redis.Connection;

/// <summary>The origin of a connection, and who disposes it.</summary>
internal sealed class RedisConnectionSource : IDisposable
{
    /// <summary>Creates a connection of the bus.</summary>
    internal delegate Task<IConnectionMultiplexer> Connect(ConfigurationOptions configuration, CancellationToken cancellationToken);

    // The defaults of the client library.
    private const int SentinelPort = 26379;
    private const int TlsPort = 6380;

    // The client library looks for calls without an answer once a second.
    private static readonly TimeSpan HeartbeatSlack = TimeSpan.FromSeconds(5);

    private readonly Func<CancellationToken, Task<IConnectionMultiplexer>> _open;
    private readonly MasterScout? _scout;
    private readonly LentMasters? _lent;

    private RedisConnectionSource(
        Func<CancellationToken, Task<IConnectionMultiplexer>> open,
        ConnectionOwnership ownership,
        int database,
        string description,
        MasterScout? scout = null,
        LentMasters? lent = null)
    {
        _open = open;
        _scout = scout;
        _lent = lent;
        Ownership = ownership;
        Database = database;
        Description = description;
        if (scout is not null)
        {
            scout.Outdated += connection => Outdated?.Invoke(connection);
        }
    }

    /// <summary>Another server has taken over from the one that an open connection uses.</summary>
    public event Action<IConnectionMultiplexer>? Outdated;

    public ConnectionOwnership Ownership { get; }

    /// <summary>The bytes that the sockets receive; not known for a connection that the application makes.</summary>
    public SocketTraffic Traffic { get; private init; } = new();

    /// <summary>
    /// How long a call may take before the client library ends it: until it is written, and then until its answer. For
    /// a connection that the application makes, this is an assumption: its time-outs are not known.
    /// </summary>
    public TimeSpan LongestCall { get; private init; }

    private RotatingCredentials? Credentials { get; init; }

    /// <summary>Whether the application makes the connections.</summary>
    private bool IsGiven => _lent is not null;

    /// <summary>
    /// Whether the application's factory makes the connections, so their configuration is not known before.
    /// </summary>
    private bool IsOfFactory { get; init; }

    /// <summary>The database that holds the bus's keys.</summary>
    public int Database { get; }

    /// <summary>The servers, for a log; no password.</summary>
    public string Description { get; }

    public Task<IConnectionMultiplexer> OpenAsync(CancellationToken cancellationToken) => _open(cancellationToken);

    /// <summary>Verifies that the bus can use a connection of the application.</summary>
    /// <exception cref="BackplaneException">It cannot; the text names the setting.</exception>
    public void Check(IConnectionMultiplexer connection)
    {
        if (!IsGiven)
        {
            return;
        }

        // The client library offers no other way to read the prefix.
        if (connection.Configuration?.IndexOf(",channelPrefix=", StringComparison.OrdinalIgnoreCase) >= 0)
        {
            throw new BackplaneException(
                "The connection of the application has a ChannelPrefix. The bus publishes from a script, which adds no prefix: "
                + "nobody would receive its messages. AppName separates applications.");
        }

        if (IsOfFactory && connection.GetDatabase()?.Database is { } database && database > 0 && database != Database)
        {
            throw new BackplaneException(
                FormattableString.Invariant($"The connection that ConnectionFactory made has the DefaultDatabase {database}, and Database ")
                + FormattableString.Invariant($"is {Database}: set Database to {database}."));
        }
    }

    /// <summary>Called when the bus starts to use a connection.</summary>
    public void Use(IConnectionMultiplexer connection) => _lent?.Watch(connection);

    /// <summary>Checks in the background whether a connection is outdated.</summary>
    public void LookAgain()
    {
        _scout?.LookAgain();
        _lent?.LookAgain();
    }

    public void Dispose()
    {
        _scout?.Dispose();
        _lent?.Dispose();
        Credentials?.Dispose();
    }

    /// <summary>One source for each Redis server that carries streams.</summary>
    /// <param name="epochKey">
    /// Returns the Redis key that contains when the farm recognised the server, for the index of a source.
    /// </param>
    /// <param name="connect">Creates connections; null for the client library.</param>
    public static IReadOnlyList<RedisConnectionSource> AllFrom(
        RedisBackplaneOptions options,
        Func<int, RedisKey> epochKey,
        ILogger? logger = null,
        TimeProvider? time = null,
        Connect? connect = null) =>
        options.ConnectionStrings is { Count: > 0 } servers
            ? [.. servers.Select((server, i) => Owned(options, ConfigurationOptions.Parse(server), epochKey(i), logger, time, connect))]
            : [From(options, logger, time, epochKey(0), connect)];

    public static RedisConnectionSource From(
        RedisBackplaneOptions options,
        ILogger? logger = null,
        TimeProvider? time = null,
        RedisKey epochKey = default,
        Connect? connect = null)
    {
        if (options.Connection is { } connection)
        {
            return Lent(
                _ => Task.FromResult(connection),
                ConnectionOwnership.Borrowed,
                options.Database != 0 ? options.Database : Math.Max(0, connection.GetDatabase().Database),
                "a connection of the application");
        }

        if (options.ConnectionFactory is { } factory)
        {
            var attempts = new ConnectAttempts(options.AppName, logger ?? NullLogger.Instance, time ?? TimeProvider.System);
            return Lent(
                cancellation => attempts.AskAsync(factory, options.ConnectionFactoryOwnership, cancellation),
                options.ConnectionFactoryOwnership,
                options.Database,
                "a connection that the application makes",
                isOfFactory: true);
        }

        return Owned(options, Configured(options), epochKey, logger, time, connect);

        RedisConnectionSource Lent(
            Func<CancellationToken, Task<IConnectionMultiplexer>> open,
            ConnectionOwnership ownership,
            int database,
            string description,
            bool isOfFactory = false)
        {
            var clock = time ?? TimeProvider.System;
            var survey = new MasterSurvey(epochKey, database, clock);
            return new(
                open, ownership, database, description, lent: new LentMasters(options, survey, logger ?? NullLogger.Instance, clock))
            {
                IsOfFactory = isOfFactory,
                LongestCall = LongestWait(options) + LongestWait(options) + HeartbeatSlack,
            };
        }
    }

    private static RedisConnectionSource Owned(
        RedisBackplaneOptions options,
        ConfigurationOptions configuration,
        RedisKey epochKey,
        ILogger? logger,
        TimeProvider? time,
        Connect? connect)
    {
        Adapt(configuration, options);
        SetDefaultPorts(configuration);
        (logger, time) = (logger ?? NullLogger.Instance, time ?? TimeProvider.System);
        var all = MasterScout.IsNeeded(configuration) ? configuration.Clone() : null;
        var traffic = new SocketTraffic();
        configuration.BeforeSocketConnect += traffic.Add;
        var credentials = options.CredentialsProvider is { } provider
            ? new RotatingCredentials(options.AppName, provider, logger, time)
            : null;
        var attempts = new ConnectAttempts(options.AppName, logger, time);
        connect ??= (servers, cancellation) => attempts.ConnectAsync(servers, credentials, cancellation);
        var scout = all is null ? null : new MasterScout(options, all, configuration, connect, epochKey, logger, time);
        return new(
            scout is null ? cancellation => connect(configuration.Clone(), cancellation) : scout.OpenAsync,
            ConnectionOwnership.Owned,
            options.Database != 0 ? options.Database : configuration.DefaultDatabase ?? 0,
            string.Join(",", configuration.EndPoints.Select(Describe)),
            scout)
        {
            Credentials = credentials,
            Traffic = traffic,
            LongestCall = TimeSpan.FromMilliseconds((double)configuration.SyncTimeout + configuration.AsyncTimeout) + HeartbeatSlack,
        };
    }

    private static ConfigurationOptions Configured(RedisBackplaneOptions options)
    {
        if (options.ConnectionString is { } connectionString)
        {
            return ConfigurationOptions.Parse(connectionString);
        }

        return options.ConfigurationOptions?.Clone() ?? new ConfigurationOptions
        {
            EndPoints = { { options.Server, options.Port } },
            User = options.User,
            Password = string.IsNullOrEmpty(options.Password) ? null : options.Password,
            Ssl = options.Ssl,
        };
    }

    /// <summary>Adapts a configuration for a connection that the bus makes.</summary>
    internal static void Adapt(ConfigurationOptions configuration, RedisBackplaneOptions options)
    {
        // The bus retries itself, and sooner: if a server refuses, three attempts of the client library take two
        // time-outs. A failed attempt gives the reason.
        configuration.AbortOnConnectFail = true;
        configuration.ConnectRetry = 1;

        // The bus has a queue of its own, so calls on a dead connection should fail at once.
        configuration.BacklogPolicy = BacklogPolicy.FailFast;
        configuration.ReconnectRetryPolicy = new LinearRetry((int)TimeSpan.FromMilliseconds(250).TotalMilliseconds);

        // With RESP3, which later versions of the client prefer, Redis closes the connection for calls too when one
        // message exceeds what it holds for a subscriber.
        configuration.Protocol ??= RedisProtocol.Resp2;

        // On a slow link a batch takes longer than the client library would wait for it, and would be sent once more
        // for no reason. Only the liveness probe decides whether the connection is dead.
        var longest = (int)LongestWait(options).TotalMilliseconds;
        configuration.AsyncTimeout = Math.Max(configuration.AsyncTimeout, longest);

        // How long the client library lets a call wait while the one before it is written to the socket.
        configuration.SyncTimeout = Math.Max(configuration.SyncTimeout, longest);
        configuration.ConnectTimeout = Math.Min(configuration.ConnectTimeout, (int)(options.LivenessTimeout.TotalMilliseconds * 2 / 3));
        configuration.ClientName ??= "RedisBackplane:" + Environment.MachineName;
#if NET
        // The client library's own threads add several wake-ups to each call and to each message. They do not help if
        // the pool is exhausted, because sockets complete on the pool as well. (On .NET Framework they do not.)
        configuration.SocketManager ??= SocketManager.ThreadPool;
#endif
    }

    private static TimeSpan LongestWait(RedisBackplaneOptions options) =>
        TimeSpan.FromTicks(Math.Max(options.PublishTimeout.Ticks, 2 * options.LivenessTimeout.Ticks));

    // The client library adds them only to its own copy of the servers.
    internal static void SetDefaultPorts(ConfigurationOptions configuration)
    {
        var port = !string.IsNullOrEmpty(configuration.ServiceName) ? SentinelPort
            : configuration.Ssl ? TlsPort
            : RedisBackplaneOptions.DefaultPort;
        EndPoint[] servers =
        [
            .. configuration.EndPoints.Select(server => server switch
            {
                DnsEndPoint { Port: 0 } dns => new DnsEndPoint(dns.Host, port, dns.AddressFamily),
                IPEndPoint { Port: 0 } ip => new IPEndPoint(ip.Address, port),
                _ => server,
            }).Distinct(),
        ];
        configuration.EndPoints.Clear();
        Array.ForEach(servers, configuration.EndPoints.Add);
    }

    public static string Describe(EndPoint endpoint) => endpoint switch
    {
        DnsEndPoint dns => dns.Host + ":" + dns.Port,
        _ => endpoint.ToString() ?? endpoint.GetType().Name,
    };
}
