using System.Net;
using Microsoft.Extensions.Logging;
using RedisBackplane.Telemetry;
using RedisBackplane.Timing;
using StackExchange.Redis;

namespace RedisBackplane.Redis.Connection;

/// <summary>
/// One connection of a bus, which its streams share. It is made in the background, with retries; afterwards
/// StackExchange.Redis maintains it. Disposes only what it made. Thread-safe.
/// </summary>
internal sealed class RedisConnection : IDisposable
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan ReadOnlyPatience = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan MovePatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan BetweenMoves = TimeSpan.FromMilliseconds(500);
    private const int MovesAtOnce = 4;

    // A larger page brings no more throughput on a fast link, and blocks Redis for longer.
    private const int MostPageBytes = 1024 * 1024;

    private readonly string _appName;
    private readonly RedisConnectionSource _source;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly Backoff _backoff;
    private readonly ConnectionReports _reports;
    private readonly ReplacementPatience _readOnly;
    private readonly BurstLimiter _outOfStep;
    private readonly BurstSignal _moves;
    private readonly TopologyReview _review;
    private readonly CancellationTokenSource _stopping = new();
    private readonly object _gate = new();
    private readonly DownSockets _down = new();
    private IConnectionMultiplexer? _multiplexer;
    private long _reconnects;
    private long _changes;
    private bool _disposed;

    public RedisConnection(string appName, RedisConnectionSource source, ILogger logger, TimeProvider time, Func<double> jitter)
    {
        _appName = appName;
        _source = source;
        _logger = logger;
        _time = time;
        _backoff = new Backoff(FirstRetry, LongestRetry, jitter);
        _reports = new ConnectionReports(appName, logger, time);
        _readOnly = new ReplacementPatience(time, ReadOnlyPatience);
        _outOfStep = new BurstLimiter(TimeSpan.FromSeconds(1), time);
        _moves = new BurstSignal(BetweenMoves, MovesAtOnce, time, TellOfMove, _stopping.Token);
        _review = new TopologyReview(appName, logger, time);
        Deadlines = new ConnectionDeadlines(time, source.LongestCall, _stopping.Token);
        Pace = new LinkPace(time, MostPageBytes);
        Signs = new SignsOfLife(this, source.Traffic);
        source.Outdated += found => Replace(found);
    }

    /// <summary>A connection was made, lost or restored, or leads to another server. Raised on any thread.</summary>
    public event Action? Changed;

    /// <exception cref="BackplaneException">There is no connection yet.</exception>
    public IConnectionMultiplexer Multiplexer =>
        Current
        ?? throw new BackplaneException(
            $"The backplane '{_appName}' has no connection to Redis at {_source.Description} yet. {LastError?.Text()}", LastError);

    public IConnectionMultiplexer? Current => Volatile.Read(ref _multiplexer);

    /// <summary>When calls that the client library may have lost are given up.</summary>
    public ConnectionDeadlines Deadlines { get; }

    /// <summary>Why the last attempt to connect failed, while there is no connection.</summary>
    public Exception? LastError { get; private set; }

    /// <summary>The servers, for a log; no password.</summary>
    public string Description => _source.Description;

    /// <summary>The database that holds the bus's keys.</summary>
    public int Database => _source.Database;

    public bool IsConnected => Current?.IsConnected == true;

    /// <summary>Increases with every reason to raise <see cref="Changed"/>.</summary>
    public long Changes => Volatile.Read(ref _changes);

    /// <summary>Whether the servers divide the keys among themselves, as far as the client library knows.</summary>
    public bool IsCluster => Multiplexer.AreCluster();

    /// <summary>The pace of the link, for all streams on it.</summary>
    public LinkPace Pace { get; }

    /// <summary>What shows that the connection lives while no call is answered.</summary>
    public SignsOfLife Signs { get; }

    /// <summary>How often a connection came back or was replaced.</summary>
    public long Reconnects => Volatile.Read(ref _reconnects);

    /// <summary>
    /// The master of a cluster that has a key, as far as the client library knows; null if there is no cluster or no
    /// such master.
    /// </summary>
    public EndPoint? OwnerOf(RedisKey key)
    {
        try
        {
            return Current is { } multiplexer && multiplexer.AreCluster() ? multiplexer.GetServer(key).EndPoint : null;
        }
        catch (InvalidOperationException)
        {
            // No master has it, as far as is known, or the connection is closed.
            return null;
        }
    }

    /// <summary>Begins to connect.</summary>
    public void Start() => _time.Run(ConnectUntilDone);

    /// <summary>
    /// Redis answered that another server has the keys of a call. All streams then try again at once. While the client
    /// library does not know the new server, each attempt ends here, so only the first ones of a burst count at once.
    /// </summary>
    public void OnMoved()
    {
        Interlocked.Increment(ref _changes);
        _moves.Raise();
    }

    /// <summary>Makes the client library look up, in the background, the servers and their roles.</summary>
    public void LookAgain()
    {
        _source.LookAgain();
        if (Current is { } multiplexer)
        {
            _review.Begin(multiplexer);
        }
    }

    /// <summary>
    /// Replaces a connection that no longer works. A borrowed one belongs to the application, and stays.
    /// </summary>
    /// <param name="found">
    /// The connection that does not work. If another has replaced it already, nothing happens. The number of reconnects
    /// would not show that: it also grows when a socket of the connection comes back.
    /// </param>
    /// <returns>Whether to log this: it was replaced now, or is borrowed and was not reported lately.</returns>
    public bool Replace(object? found)
    {
        IConnectionMultiplexer multiplexer;
        lock (_gate)
        {
            if (_disposed || _multiplexer is null || !ReferenceEquals(found, _multiplexer))
            {
                return false;
            }

            if (_source.Ownership != ConnectionOwnership.Owned)
            {
                return _reports.MaySaySilent();
            }

            multiplexer = _multiplexer;
            Volatile.Write(ref _multiplexer, null);
            Pace.Doubt();
            Interlocked.Increment(ref _reconnects);
            _down.Clear();
        }

        // Calls that wait on the old connection fail at once, and are sent again on the new one.
        Deadlines.NoteGivenUp();
        _time.Queue(() =>
        {
            try
            {
                Release(multiplexer);
            }
            finally
            {
                Deadlines.NoteClosed();
            }
        });
        RaiseChanged();
        Start();
        return true;
    }

    /// <summary>
    /// A call got an answer that cannot be its own. Answers that are out of step with the calls stay so for as long as
    /// the connection lasts.
    /// </summary>
    public void NoteOutOfStep(IConnectionMultiplexer? asked, string call)
    {
        _reports.OutOfStep(call);

        // A server that always answers so must not be connected to in a loop.
        if (_outOfStep.TryEnter())
        {
            Replace(asked);
        }
    }

    /// <summary>Redis accepted a write.</summary>
    public void NoteWritten() => _readOnly.Renew();

    /// <summary>Redis refused a call. A connection that leads to a replica for too long is replaced.</summary>
    /// <param name="asked">The connection of the call.</param>
    public void NoteRefusal(RedisServerException refusal, IConnectionMultiplexer? asked)
    {
        // With Redis 7 the message starts with this word. Before, an error of a script contained it.
        if (refusal.Message.Contains("READONLY") && ReferenceEquals(asked, Current) && _readOnly.EndsNow(asked))
        {
            ConnectionLog.ConnectedToReplica(_logger, _appName);
            Replace(asked);
        }
    }

    /// <summary>How long the keys of a stream may be elsewhere before <see cref="ReplaceMoved"/> is called.</summary>
    public ReplacementPatience CreateMovePatience() => new(_time, MovePatience);

    /// <summary>
    /// Redis answers again and again that another server has the keys, and the client library does not follow. Its
    /// connection to that server may hang without being noticed.
    /// </summary>
    /// <param name="asked">The connection of the call.</param>
    public void ReplaceMoved(IConnectionMultiplexer? asked)
    {
        ConnectionLog.MovedForLong(_logger, _appName);
        Replace(asked);
    }

    public void Dispose()
    {
        IConnectionMultiplexer? multiplexer;
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            multiplexer = _multiplexer;
        }

        _stopping.CancelGuarded(_logger, _appName);

        _source.Dispose();
        if (multiplexer is not null)
        {
            Release(multiplexer);
        }
    }

    private async Task ConnectUntilDone()
    {
        ConnectionLog.Connecting(_logger, _appName, _source.Description);
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var multiplexer = await _source.OpenAsync(_stopping.Token).ConfigureAwait(false);
                if (Suits(multiplexer) && (multiplexer.IsConnected || _source.Ownership != ConnectionOwnership.Owned))
                {
                    LastError = null;
                    _backoff.Reset();
                    Adopt(multiplexer);
                    return;
                }

                // Without this, an attempt over a silent network would end only after many seconds.
                Release(multiplexer);
                throw new BackplaneException($"Redis at {_source.Description} did not answer.");
            }
            catch (Exception exception)
            {
                if (_stopping.IsCancellationRequested)
                {
                    return;
                }

                LastError = exception;
                var delay = _backoff.Next();
                _reports.Unmade(exception, delay);
                await _time.Wait(delay, _stopping.Token).ConfigureAwait(false);
            }
        }
    }

    private bool Suits(IConnectionMultiplexer multiplexer)
    {
        try
        {
            _source.Check(multiplexer);
            return true;
        }
        catch (BackplaneException)
        {
            Release(multiplexer);
            throw;
        }
    }

    private void Adopt(IConnectionMultiplexer multiplexer)
    {
        multiplexer.ConnectionFailed += OnConnectionFailed;
        multiplexer.ConnectionRestored += OnConnectionRestored;
        multiplexer.ConfigurationChanged += OnConfigurationChanged;
        lock (_gate)
        {
            if (!_disposed)
            {
                Volatile.Write(ref _multiplexer, multiplexer);
                _source.Use(multiplexer);
                multiplexer = null!;
            }
        }

        if (multiplexer is not null)
        {
            // The bus was disposed while the connection was made.
            Release(multiplexer);
            return;
        }

        if (Current?.SpeakResp3() == true)
        {
            ConnectionLog.ConnectionShared(_logger, _appName);
        }

        RaiseChanged();
    }

    private void Release(IConnectionMultiplexer multiplexer)
    {
        multiplexer.ConnectionFailed -= OnConnectionFailed;
        multiplexer.ConnectionRestored -= OnConnectionRestored;
        multiplexer.ConfigurationChanged -= OnConfigurationChanged;
        if (_source.Ownership == ConnectionOwnership.Owned)
        {
            multiplexer.End(_logger, _appName);
        }
    }

    private void OnConnectionFailed(object? sender, ConnectionFailedEventArgs e)
    {
        if (!_stopping.IsCancellationRequested)
        {
            if (e.FailureType != ConnectionFailureType.UnableToConnect)
            {
                Deadlines.NoteLost(e.ConnectionType);
            }

            var isBack = _down.Lost(e);
            _reports.Lost(e);
            if (isBack)
            {
                NoteBack(e);
            }

            RaiseChanged();
        }
    }

    // Another server may have become the master, on a connection that already existed.
    private void OnConfigurationChanged(object? sender, EndPointEventArgs e) => RaiseChanged();

    private void TellOfMove()
    {
        Changed?.Invoke();
        LookAgain();
    }

    private void RaiseChanged()
    {
        Interlocked.Increment(ref _changes);
        Changed?.Invoke();
    }

    private void OnConnectionRestored(object? sender, ConnectionFailedEventArgs e)
    {
        // The client library also raises this event for a connection that works for the first time, a moment after the
        // first of its two sockets.
        if (_down.Back(e))
        {
            NoteBack(e);
        }

        RaiseChanged();
    }

    private void NoteBack(ConnectionFailedEventArgs e)
    {
        Interlocked.Increment(ref _reconnects);
        _reports.Back(e);
    }
}
