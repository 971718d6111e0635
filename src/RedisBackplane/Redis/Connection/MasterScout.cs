using Microsoft.Extensions.Logging;
using RedisBackplane.Timing;
using StackExchange.Redis;

namespace RedisBackplane.Redis.Connection;

/// <summary>
/// Makes connections to one server only, if a connection string names several (or Sentinels, which name them). After a
/// failover there can be two masters, and the client library would spread calls over both. The scout's own connection
/// knows all servers, carries no messages, and is used to find the master. A cluster is left to the client library.
/// Thread-safe.
/// </summary>
internal sealed class MasterScout : IDisposable
{
    private static readonly TimeSpan LongestPeriod = TimeSpan.FromSeconds(0.5);

    // After that time, a socket may be dead without having been closed, or other servers may have replaced all that it
    // knows.
    private static readonly TimeSpan LongestDoubt = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan BetweenReports = TimeSpan.FromSeconds(10);

    private readonly RedisBackplaneOptions _options;
    private readonly ConfigurationOptions _all;
    private readonly ConfigurationOptions _configuration;
    private readonly RedisConnectionSource.Connect _connect;
    private readonly MasterSurvey _survey;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly BurstLimiter _failures;
    private readonly object _gate = new();
    private readonly ITimer _timer;
    private IConnectionMultiplexer? _scout;
    private IConnectionMultiplexer? _connection;
    private MasterCandidate? _current;
    private string? _told;
    private long? _doubtedSince;
    private volatile bool _isCluster;
    private int _isLooking;
    private bool _isRenewing;
    private bool _isDisposed;

    /// <param name="all">The configuration with all servers. The scout changes it.</param>
    /// <param name="configuration">The configuration for connections that carry streams.</param>
    /// <param name="epochKey">The Redis key that contains when the farm recognised a server.</param>
    public MasterScout(
        RedisBackplaneOptions options,
        ConfigurationOptions all,
        ConfigurationOptions configuration,
        RedisConnectionSource.Connect connect,
        RedisKey epochKey,
        ILogger logger,
        TimeProvider time)
    {
        (_options, _all, _configuration, _connect) = (options, all, configuration, connect);

        // From version 3 on, the client library refuses INFO without it.
        _all.AllowAdmin = true;
        (_logger, _time) = (logger, time);
        _failures = new BurstLimiter(BetweenReports, time);
        _survey = new MasterSurvey(epochKey, options.Database != 0 ? options.Database : configuration.DefaultDatabase ?? 0, time);
        _timer = time.CreateTimer(_ => LookAgain(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Another server has taken over from the one that a connection uses.</summary>
    public event Action<IConnectionMultiplexer>? Outdated;

    /// <summary>Whether no look is in progress.</summary>
    internal bool IsIdle => Volatile.Read(ref _isLooking) == 0;

    /// <summary>Whether a configuration may lead to several masters.</summary>
    public static bool IsNeeded(ConfigurationOptions configuration) =>
        configuration.Proxy == Proxy.None && (configuration.EndPoints.Count > 1 || !string.IsNullOrEmpty(configuration.ServiceName));

    /// <summary>Connects to the master. Calls are made one after the other.</summary>
    public async Task<IConnectionMultiplexer> OpenAsync(CancellationToken cancellationToken)
    {
        var scout = _isCluster ? null : await FindScoutAsync(cancellationToken).ConfigureAwait(false);
        if (scout is null || scout.AreCluster())
        {
            _isCluster = true;
            Forget();
            return await _connect(_configuration.Clone(), cancellationToken).ConfigureAwait(false);
        }

        var answers = await _survey.AskAsync(scout).ConfigureAwait(false);
        Weigh(answers);
        if (MasterCandidate.Choose(answers.Servers) is not { } chosen)
        {
            throw new BackplaneException(
                $"Of the Redis servers of the backplane '{_options.AppName}', none is a master at the moment.");
        }

        TellOfSeveral(answers.Servers, chosen);
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

    /// <summary>Checks in the background which server is the master.</summary>
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
            IConnectionMultiplexer? connection;
            MasterCandidate? current;
            lock (_gate)
            {
                (connection, current) = (_isDisposed ? null : _connection, _current);
            }

            if (connection is null || current is null)
            {
                return;
            }

            var scout = await FindScoutAsync(CancellationToken.None).ConfigureAwait(false);
            var answers = await _survey.AskAsync(scout).ConfigureAwait(false);
            Weigh(answers);
            if (MasterCandidate.Leave(current, answers.Servers) is { } next)
            {
                ConnectionLog.MasterReplaced(
                    _logger,
                    _options.AppName,
                    RedisConnectionSource.Describe(next.EndPoint),
                    RedisConnectionSource.Describe(current.EndPoint));
                lock (_gate)
                {
                    // The connection that replaces it may exist already.
                    _connection = ReferenceEquals(_connection, connection) ? null : _connection;
                }

                Outdated?.Invoke(connection);
                return;
            }

            if (answers.Servers.FirstOrDefault(server => server.EndPoint.Equals(current.EndPoint)) is { } now)
            {
                lock (_gate)
                {
                    _current = ReferenceEquals(_connection, connection) ? now : _current;
                }

                if (now.IsMaster && now.Replication != current.Replication)
                {
                    // It was a replica for a moment, and its client may take it for one still, for up to a minute.
                    await connection.LookAtServersAsync(_time).ConfigureAwait(false);
                }
            }
        }
        catch (Exception exception)
        {
            // Also what the application's CredentialsProvider throws.
            NoteFailure(exception);
        }
        finally
        {
            Volatile.Write(ref _isLooking, 0);
        }
    }

    private void TellOfSeveral(IReadOnlyCollection<MasterCandidate> servers, MasterCandidate chosen)
    {
        var names = MasterCandidate.DescribeSeveral(servers);
        if (names is not null && names != _told)
        {
            ConnectionLog.SeveralMasters(_logger, _options.AppName, names, RedisConnectionSource.Describe(chosen.EndPoint));
        }

        _told = names;
    }

    private async Task<IConnectionMultiplexer> FindScoutAsync(CancellationToken cancellationToken) =>
        Volatile.Read(ref _scout) ?? Use(await _connect(_all.Clone(), cancellationToken).ConfigureAwait(false));

    private IConnectionMultiplexer Use(IConnectionMultiplexer made)
    {
        made.ConfigurationChanged += OnChanged;
        made.ConnectionRestored += OnChanged;
        made.ConnectionFailed += OnChanged;
        IConnectionMultiplexer? before;
        bool isDisposed;
        lock (_gate)
        {
            isDisposed = _isDisposed;
            before = isDisposed ? made : _scout;
            _scout = isDisposed ? null : made;
        }

        Close(before);
        return isDisposed ? throw new ObjectDisposedException(nameof(MasterScout)) : made;
    }

    private void OnChanged(object? sender, EventArgs e) => LookAgain();

    // If the answers of a connection leave a doubt for long, it is replaced. It stays in use until then.
    private void Weigh(in MasterSurvey.Answers answers)
    {
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            var isSure = answers.AreComplete && answers.Servers.Any(static server => server.IsMaster);
            _doubtedSince = isSure ? null : _doubtedSince ?? now;
            var isOver = !isSure
                && (answers.Servers.Count == 0 || _time.GetElapsedTime(_doubtedSince!.Value, now) > LongestDoubt);
            if (!isOver || _isRenewing)
            {
                return;
            }

            (_isRenewing, _doubtedSince) = (true, null);
        }

        _time.Run(RenewAsync);
    }

    private async Task RenewAsync()
    {
        try
        {
            Use(await _connect(_all.Clone(), CancellationToken.None).ConfigureAwait(false));
        }
        catch (Exception exception)
        {
            NoteFailure(exception);
        }
        finally
        {
            lock (_gate)
            {
                _isRenewing = false;
            }
        }
    }

    private void NoteFailure(Exception exception)
    {
        if (_failures.TryEnter())
        {
            ConnectionLog.LookFailed(_logger, exception, _options.AppName);
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

        Close(scout);
    }

    private void Close(IConnectionMultiplexer? scout)
    {
        if (scout is null)
        {
            return;
        }

        scout.ConfigurationChanged -= OnChanged;
        scout.ConnectionRestored -= OnChanged;
        scout.ConnectionFailed -= OnChanged;
        scout.End(_logger, _options.AppName);
    }
}
