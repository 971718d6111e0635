using System.Globalization;
using Microsoft.Extensions.Logging;
using RedisBackplane.Timing;
using StackExchange.Redis;

namespace RedisBackplane.Redis.Connection;

/// <summary>
/// Makes connections that lead to one server alone, where a connection string names several (or Sentinels, that name them): the client
/// library would spread calls over all masters that it finds, and after a failover there can be two. A connection of its own knows all
/// servers, carries nothing, and is asked which is the master. A cluster is left to the client library. Thread-safe.
/// </summary>
internal sealed class MasterScout : IDisposable
{
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPeriod = TimeSpan.FromSeconds(0.5);

    // Longer, and the servers that it knows may all be gone for others.
    private static readonly TimeSpan WithoutMaster = TimeSpan.FromSeconds(5);

    private readonly RedisBackplaneOptions _options;
    private readonly ConfigurationOptions _all;
    private readonly ConfigurationOptions _configuration;
    private readonly Func<ConfigurationOptions, CancellationToken, Task<IConnectionMultiplexer>> _connect;
    private readonly RedisKey _epochKey;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly object _gate = new();
    private readonly ITimer _timer;
    private IConnectionMultiplexer? _scout;
    private IConnectionMultiplexer? _connection;
    private MasterCandidate? _current;
    private string? _told;
    private long? _withoutMasterSince;
    private volatile bool _isCluster;
    private int _isLooking;
    private bool _isDisposed;

    /// <param name="options">The settings of the bus.</param>
    /// <param name="all">Names all servers.</param>
    /// <param name="configuration">The same for connections that carry streams.</param>
    /// <param name="connect">Connects.</param>
    /// <param name="epochKey">Holds when the farm recognised a server.</param>
    /// <param name="logger">Where to log.</param>
    /// <param name="time">The clock.</param>
    public MasterScout(
        RedisBackplaneOptions options,
        ConfigurationOptions all,
        ConfigurationOptions configuration,
        Func<ConfigurationOptions, CancellationToken, Task<IConnectionMultiplexer>> connect,
        RedisKey epochKey,
        ILogger logger,
        TimeProvider time)
    {
        (_options, _all, _configuration, _connect) = (options, all, configuration, connect);
        (_epochKey, _logger, _time) = (epochKey, logger, time);
        _timer = time.CreateTimer(_ => LookAgain(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Another server has taken over from the one that a connection leads to.</summary>
    public event Action<IConnectionMultiplexer>? Outdated;

    /// <summary>Whether a configuration may lead to several masters.</summary>
    public static bool IsNeeded(ConfigurationOptions configuration) =>
        configuration.Proxy == Proxy.None && (configuration.EndPoints.Count > 1 || !string.IsNullOrEmpty(configuration.ServiceName));

    /// <summary>Connects to the master. Calls come one after the other.</summary>
    public async Task<IConnectionMultiplexer> OpenAsync(CancellationToken cancellationToken)
    {
        if (_isCluster)
        {
            return await _connect(_configuration.Clone(), cancellationToken).ConfigureAwait(false);
        }

        var scout = _scout ?? Keep(await _connect(_all.Clone(), cancellationToken).ConfigureAwait(false));
        if (Array.Exists(scout.GetServers(), static server => server.ServerType == ServerType.Cluster))
        {
            _isCluster = true;
            Forget();
            return await _connect(_configuration.Clone(), cancellationToken).ConfigureAwait(false);
        }

        var servers = await AskAsync(scout).ConfigureAwait(false);
        if (MasterCandidate.Choose(servers) is not { } chosen)
        {
            GiveUpLater();
            throw new BackplaneException(
                $"Of the Redis servers of the backplane '{_options.AppName}', none is a master at the moment.");
        }

        _withoutMasterSince = null;
        TellOfSeveral(servers, chosen);
        var configuration = _configuration.Clone();
        configuration.EndPoints.Clear();
        configuration.EndPoints.Add(chosen.EndPoint);
        configuration.ServiceName = null;
        var connection = await _connect(configuration, cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            (_connection, _current) = (connection, chosen);
            if (!_isDisposed)
            {
                var period = TimeSpan.FromTicks(Math.Min(_options.LivenessTimeout.Ticks / 3, LongestPeriod.Ticks));
                _timer.Change(period, period);
            }
        }

        return connection;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
        }

        _timer.Dispose();
        Forget();
    }

    /// <summary>Looks which server is the master, in the background.</summary>
    public void LookAgain()
    {
        if (Interlocked.Exchange(ref _isLooking, 1) == 0)
        {
            _time.Run(LookAsync);
        }
    }

    private async Task LookAsync()
    {
        try
        {
            IConnectionMultiplexer? scout, connection;
            MasterCandidate? current;
            lock (_gate)
            {
                (scout, connection, current) = (_scout, _connection, _current);
            }

            if (scout is null || connection is null || current is null)
            {
                return;
            }

            var servers = await AskAsync(scout).ConfigureAwait(false);
            if (MasterCandidate.Leave(current, servers) is { } next)
            {
                ConnectionLog.MasterReplaced(
                    _logger,
                    _options.AppName,
                    RedisConnectionSource.Describe(next.EndPoint),
                    RedisConnectionSource.Describe(current.EndPoint));
                lock (_gate)
                {
                    // One that takes its place may be there already.
                    _connection = ReferenceEquals(_connection, connection) ? null : _connection;
                }

                Outdated?.Invoke(connection);
                return;
            }

            if (servers.Find(server => server.EndPoint.Equals(current.EndPoint)) is { } now)
            {
                lock (_gate)
                {
                    _current = ReferenceEquals(_connection, connection) ? now : _current;
                }
            }
        }
        catch (Exception exception) when (exception is RedisException or ObjectDisposedException or InvalidOperationException)
        {
            ConnectionLog.LookFailed(_logger, exception, _options.AppName);
        }
        finally
        {
            Volatile.Write(ref _isLooking, 0);
        }
    }

    private async Task<List<MasterCandidate>> AskAsync(IConnectionMultiplexer scout)
    {
        // Sentinel's choice is the first, or else the first of the list.
        var servers = scout.GetServers();
        var answers = await Task.WhenAll(servers.Select(AskAsync)).ConfigureAwait(false);
        List<MasterCandidate> found = [.. answers.OfType<MasterCandidate>()];
        if (found.Count(static server => server.IsMaster) < 2)
        {
            return found;
        }

        var ages = await Task.WhenAll(found.Select(server => RecognizedAtAsync(scout, server))).ConfigureAwait(false);
        return [.. found.Zip(ages, static (server, age) => server with { RecognizedAt = age })];
    }

    private async Task<MasterCandidate?> AskAsync(IServer server)
    {
        if (!server.IsConnected)
        {
            return null;
        }

        try
        {
            var info = await InTimeAsync(server.ExecuteAsync("INFO", "replication")).ConfigureAwait(false);
            return info is null ? null : MasterCandidate.From(server.EndPoint, (string?)info ?? string.Empty);
        }
        catch (RedisServerException)
        {
            // The user may not ask: the client library has its ways to find out.
            return new MasterCandidate(server.EndPoint, !server.IsReplica, string.Empty, string.Empty, 0);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or ObjectDisposedException)
        {
            return null;
        }
    }

    private async Task<long> RecognizedAtAsync(IConnectionMultiplexer scout, MasterCandidate server)
    {
        try
        {
            var database = _options.Database != 0 ? _options.Database : _configuration.DefaultDatabase ?? 0;
            var call = scout.GetServer(server.EndPoint).ExecuteAsync(database, "GET", [_epochKey]);
            var epoch = (string?)await InTimeAsync(call).ConfigureAwait(false);
            var stamp = epoch?.Substring(epoch.LastIndexOf(':') + 1);
            return long.TryParse(stamp, NumberStyles.None, CultureInfo.InvariantCulture, out var time) ? time : 0;
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or ObjectDisposedException)
        {
            return 0;
        }
    }

    // A server that is stopped takes calls and answers none.
    private async Task<RedisResult?> InTimeAsync(Task<RedisResult> call)
    {
        using var over = new CancellationTokenSource();
        var first = await Task.WhenAny(call, _time.Wait(AnswerWithin, over.Token)).ConfigureAwait(false);
        over.Cancel();
        if (first == call)
        {
            return await call.ConfigureAwait(false);
        }

        _ = call.ContinueWith(
            static late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        return null;
    }

    private void TellOfSeveral(List<MasterCandidate> servers, MasterCandidate chosen)
    {
        string[] masters = [.. servers.Where(static server => server.IsMaster)
            .Select(static server => RedisConnectionSource.Describe(server.EndPoint))
            .OrderBy(static name => name, StringComparer.Ordinal)];
        var names = masters.Length > 1 ? string.Join(", ", masters) : null;
        if (names is not null && names != _told)
        {
            ConnectionLog.SeveralMasters(_logger, _options.AppName, names, RedisConnectionSource.Describe(chosen.EndPoint));
        }

        _told = names;
    }

    private IConnectionMultiplexer Keep(IConnectionMultiplexer scout)
    {
        scout.ConfigurationChanged += OnChanged;
        scout.ConnectionRestored += OnChanged;
        scout.ConnectionFailed += OnChanged;
        lock (_gate)
        {
            _scout = scout;
            if (!_isDisposed)
            {
                return scout;
            }
        }

        Forget();
        throw new ObjectDisposedException(nameof(MasterScout));
    }

    private void OnChanged(object? sender, EventArgs e) => LookAgain();

    private void GiveUpLater()
    {
        var now = _time.GetTimestamp();
        _withoutMasterSince ??= now;
        if (_time.GetElapsedTime(_withoutMasterSince.Value, now) > WithoutMaster)
        {
            _withoutMasterSince = null;
            Forget();
        }
    }

    private void Forget()
    {
        IConnectionMultiplexer? scout;
        lock (_gate)
        {
            scout = _scout;
            _scout = null;
        }

        if (scout is null)
        {
            return;
        }

        scout.ConfigurationChanged -= OnChanged;
        scout.ConnectionRestored -= OnChanged;
        scout.ConnectionFailed -= OnChanged;
        try
        {
            scout.Close(allowCommandsToComplete: false);
            scout.Dispose();
        }
        catch (Exception exception)
        {
            ConnectionLog.CloseFailed(_logger, exception, _options.AppName);
        }
    }
}
