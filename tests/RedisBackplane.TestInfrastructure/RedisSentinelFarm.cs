namespace RedisBackplane.TestInfrastructure;

/// <summary>A master with two replicas and three Sentinels. Ends with this process. Not thread-safe.</summary>
public sealed class RedisSentinelFarm : IAsyncDisposable
{
    /// <summary>The name under which the Sentinels know the master.</summary>
    public const string ServiceName = "farm";

    internal const int Replicas = 2;

    internal const int Sentinels = 3;

    private const int Quorum = 2;
    private const string Sync = "repl-diskless-sync-delay 0";

    // As short as possible on a busy test machine: the Sentinels must not consider each other dead.
    private static readonly TimeSpan DownAfter = TimeSpan.FromSeconds(1.5);

    private readonly List<RedisServerProcess> _servers = [];
    private readonly List<RedisServerProcess> _sentinels = [];
    private readonly Dictionary<RedisServerProcess, BorderProxy> _borders = [];
    private readonly int _replicas;
    private readonly int? _near;
    private bool _isSplit;

    private RedisSentinelFarm(int replicas, int? near) => (_replicas, _near) = (replicas, near);

    /// <summary>The server that was the master at the beginning.</summary>
    public RedisServerProcess First => _servers[0];

    /// <summary>The first replica at the beginning.</summary>
    public RedisServerProcess Second => _servers[1];

    /// <summary>The connection string of the current master, for StackExchange.Redis.</summary>
    public string ConnectionString =>
        string.Join(",", _sentinels.Select(sentinel => AddressOf(PortOf(sentinel)))) + ",serviceName=" + ServiceName;

    // Those that clients in the half of the Sentinels' majority can reach.
    private IEnumerable<RedisServerProcess> ReachableSentinels => _isSplit ? _sentinels.Skip(_near!.Value) : _sentinels;

    /// <inheritdoc cref="StartAsync(int, string[])"/>
    public static Task<RedisSentinelFarm> StartAsync() => StartAsync(Replicas);

    /// <summary>Starts all of them and waits until a failover would succeed.</summary>
    /// <param name="configuration">Additional lines of the configuration of master and replicas.</param>
    public static Task<RedisSentinelFarm> StartAsync(int replicas, params string[] configuration) =>
        StartAsync(new RedisSentinelFarm(replicas, near: null), configuration);

    /// <summary>A master and a replica in a network that can fall apart: see <see cref="BorderProxy"/>.</summary>
    /// <param name="near">
    /// How many servers, and how many Sentinels, are in the near half, the master first. The others are in the far one.
    /// </param>
    public static Task<RedisSentinelFarm> StartDivisibleAsync(int near) => StartAsync(new RedisSentinelFarm(replicas: 1, near), []);

    /// <summary>
    /// Requests a planned failover from a Sentinel, and waits until it is over: the old master, which remains one for
    /// about ten seconds, must follow the new one.
    /// </summary>
    public async Task FailOverAsync()
    {
        await BeginFailOverAsync().ConfigureAwait(false);
        await HasFailedOverAsync().ConfigureAwait(false);
        await IsDemotedAsync().ConfigureAwait(false);
    }

    public void Split()
    {
        _isSplit = true;
        foreach (var border in _borders.Values)
        {
            border.Split();
        }
    }

    public void Heal()
    {
        foreach (var border in _borders.Values)
        {
            border.Heal();
        }

        _isSplit = false;
    }

    /// <summary>Asks a Sentinel for a planned failover.</summary>
    public Task BeginFailOverAsync() => AskAsync(_sentinels[0].EndPoint, "FAILOVER", ServiceName);

    /// <summary>Waits until the server that was the master at the beginning follows another.</summary>
    public Task IsDemotedAsync() => ReplicationShowsAsync(First.EndPoint, "role:slave", "the old master follows the new one");

    /// <summary>Waits until the first replica is a master, whatever the Sentinels say.</summary>
    public Task IsPromotedAsync() => ReplicationShowsAsync(Second.EndPoint, "role:master", "the replica is promoted");

    /// <summary>
    /// Waits until every Sentinel names a replica as the master, and any other replica follows it. In a split network,
    /// only the Sentinels of the far half count.
    /// </summary>
    public async Task HasFailedOverAsync()
    {
        var former = PortOf(First);
        var master = former;
        foreach (var sentinel in ReachableSentinels.ToList())
        {
            await Eventually.BecomesTrueAsync(
                async () =>
                {
                    var address = await TryAskAsync(sentinel.EndPoint, "get-master-addr-by-name", ServiceName).ConfigureAwait(false);
                    master = address is null ? former : (int)address[1];
                    return master != former;
                },
                "a replica has taken over").ConfigureAwait(false);
        }

        if (_replicas > 1)
        {
            await ReplicationShowsAsync(AddressOf(master), "state=online", "the other replica follows").ConfigureAwait(false);
        }
    }

    /// <summary>Kills master and replicas; their memory is lost. The Sentinels continue.</summary>
    public async Task StopAsync()
    {
        foreach (var server in _servers.Where(server => server.IsRunning).Reverse())
        {
            await server.KillAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Starts the servers that do not run, on their ports, and waits until a failover would succeed.</summary>
    public async Task StartAgainAsync()
    {
        foreach (var server in _servers.Where(server => !server.IsRunning))
        {
            await server.StartAgainAsync().ConfigureAwait(false);
        }

        await Eventually.BecomesTrueAsync(IsReadyAsync, "the Sentinels know each other and the replicas").ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _sentinels.Concat(_servers))
        {
            await server.DisposeAsync().ConfigureAwait(false);
        }

        foreach (var border in _borders.Values)
        {
            border.Dispose();
        }

        FarmLimit.Leave();
    }

    private static async Task<RedisSentinelFarm> StartAsync(RedisSentinelFarm farm, string[] configuration)
    {
        await FarmLimit.EnterAsync().ConfigureAwait(false);
        try
        {
            await farm.StartServersAsync(configuration).ConfigureAwait(false);
            return farm;
        }
        catch
        {
            await farm.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static string AddressOf(int port) => RedisServerProcess.Host + ":" + port.ToString(CultureInfo.InvariantCulture);

    // The port under which clients and the other servers know it.
    private int PortOf(RedisServerProcess server) => _borders.TryGetValue(server, out var border) ? border.Port : server.Port;

    /// <summary>What a Sentinel watches, and how.</summary>
    internal static string[] SentinelConfiguration(int masterPort) =>
    [
        $"sentinel monitor {ServiceName} {RedisServerProcess.Host} {masterPort} {Quorum}",
        FormattableString.Invariant($"sentinel down-after-milliseconds {ServiceName} {DownAfter.TotalMilliseconds}"),
        $"sentinel failover-timeout {ServiceName} 10000",
        $"sentinel parallel-syncs {ServiceName} 1",
    ];

    /// <summary>Whether all Sentinels know each other and the replicas: a failover would succeed.</summary>
    internal static async Task<bool> IsReadyAsync(IEnumerable<string> sentinels, int replicas = Replicas)
    {
        foreach (var sentinel in sentinels)
        {
            var master = await TryAskAsync(sentinel, "master", ServiceName).ConfigureAwait(false);
            var facts = master?.ToDictionary();
            if (facts is null || (int)facts["num-slaves"] < replicas || (int)facts["num-other-sentinels"] < Sentinels - 1)
            {
                return false;
            }
        }

        return true;
    }

    private static async Task ReplicationShowsAsync(string endPoint, string fact, string what)
    {
        const string Options = ",allowAdmin=true,abortConnect=false";
        using var connection = await ConnectionMultiplexer.ConnectAsync(endPoint + Options).ConfigureAwait(false);
        await Eventually.BecomesTrueAsync(() => ShowsAsync(connection.GetServer(endPoint)), what).ConfigureAwait(false);

        async Task<bool> ShowsAsync(IServer server)
        {
            try
            {
                return (await server.InfoRawAsync("replication").ConfigureAwait(false))!.Contains(fact);
            }
            catch (Exception exception) when (exception is RedisConnectionException or InvalidOperationException)
            {
                // A Sentinel that makes a server a replica makes it close all connections, including this one.
                return false;
            }
        }
    }

    /// <summary>Asks a Sentinel that may not answer yet. The caller tries again.</summary>
    /// <returns>Its answer; <see langword="null"/> if it gave none.</returns>
    private static async Task<RedisResult?> TryAskAsync(string sentinel, params string[] words)
    {
        try
        {
            return await AskAsync(sentinel, words).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is RedisException or RedisTimeoutException or InvalidOperationException)
        {
            return null;
        }
    }

    private static async Task<RedisResult> AskAsync(string sentinel, params string[] words)
    {
        var options = ConfigurationOptions.Parse(sentinel);
        options.CommandMap = CommandMap.Sentinel;
        options.AsyncTimeout = (int)Eventually.DefaultTimeout.TotalMilliseconds;
        using var connection = await ConnectionMultiplexer.ConnectAsync(options).ConfigureAwait(false);
        return await connection.GetServer(sentinel).ExecuteAsync("SENTINEL", words.Cast<object>().ToArray()).ConfigureAwait(false);
    }

    private async Task StartServersAsync(string[] configuration)
    {
        _servers.Add(await StartServerAsync(0, [Sync, .. configuration]).ConfigureAwait(false));
        for (var i = 1; i <= _replicas; i++)
        {
            _servers.Add(await StartServerAsync(i, [Sync, $"replicaof {RedisServerProcess.Host} {PortOf(First)}", .. configuration])
                .ConfigureAwait(false));
        }

        await Task.WhenAll(_servers.Skip(1).Select(replica => replica.IsInStepAsync())).ConfigureAwait(false);
        for (var i = 0; i < Sentinels; i++)
        {
            var sentinel = await StartSentinelAsync(i).ConfigureAwait(false);
            _sentinels.Add(sentinel);

            // A Sentinel that was stopped for two seconds no longer trusts its clock, and would not start a failover
            // for thirty. A moment is enough to read the answers that arrived in the meantime.
            _ = await AskAsync(sentinel.EndPoint, "DEBUG", "tilt-period", "1").ConfigureAwait(false);
        }

        await Eventually.BecomesTrueAsync(IsReadyAsync, "the Sentinels know each other and the replicas").ConfigureAwait(false);
    }

    private Task<RedisServerProcess> StartServerAsync(int index, string[] configuration) => StartBehindBorderAsync(
        index,
        border => RedisServerProcess.StartAsync(
            [.. configuration, .. border is null ? [] : Announced("replica-announce-", border, index)]));

    private Task<RedisServerProcess> StartSentinelAsync(int index) => StartBehindBorderAsync(
        index,
        border => RedisServerProcess.StartSentinelAsync(
            [.. SentinelConfiguration(PortOf(First)), .. border is null ? [] : Announced("sentinel announce-", border, index)]));

    private async Task<RedisServerProcess> StartBehindBorderAsync(int index, Func<BorderProxy?, Task<RedisServerProcess>> start)
    {
        if (_near is not { } near)
        {
            return await start(null).ConfigureAwait(false);
        }

        var border = BorderProxy.Start(isFar: index >= near);
        var server = await start(border).ConfigureAwait(false);
        border.LeadTo(server.Port);
        _borders.Add(server, border);
        return server;
    }

    private IEnumerable<string> Announced(string prefix, BorderProxy border, int index)
    {
        yield return $"{prefix}ip {RedisServerProcess.Host}";
        yield return FormattableString.Invariant($"{prefix}port {border.Port}");
        if (index >= _near)
        {
            yield return $"bind-source-addr {BorderProxy.Far}";
        }
    }

    private Task<bool> IsReadyAsync() => IsReadyAsync(_sentinels.Select(sentinel => sentinel.EndPoint), _replicas);
}
