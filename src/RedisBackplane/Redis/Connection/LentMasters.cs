using System.Net;
using Microsoft.Extensions.Logging;
using RedisBackplane.Timing;
using StackExchange.Redis;

namespace RedisBackplane.Redis.Connection;

/// <summary>
/// Watches a connection that the application made. If it knows several masters that are no cluster, its client library
/// sends calls to each of them in turn until it looks again. The bus cannot choose one. It reports the masters, and has
/// the client look whenever they change. Thread-safe.
/// </summary>
internal sealed class LentMasters : IDisposable
{
    private static readonly TimeSpan LongestPeriod = TimeSpan.FromSeconds(1);

    private readonly string _appName;
    private readonly MasterSurvey _survey;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly TimeSpan _period;
    private readonly ITimer _timer;
    private IConnectionMultiplexer? _connection;
    private string? _told;
    private HashSet<EndPoint>? _masters;
    private bool _areKnown = true;
    private int _isLooking;

    public LentMasters(RedisBackplaneOptions options, MasterSurvey survey, ILogger logger, TimeProvider time)
    {
        (_appName, _survey, _logger, _time) = (options.AppName, survey, logger, time);
        _period = TimeSpan.FromTicks(Math.Min(options.LivenessTimeout.Ticks / 3, LongestPeriod.Ticks));
        _timer = time.CreateTimer(_ => LookAgain(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether no check is in progress.</summary>
    internal bool IsIdle => Volatile.Read(ref _isLooking) == 0;

    /// <summary>Starts to watch a connection.</summary>
    public void Watch(IConnectionMultiplexer connection)
    {
        Volatile.Write(ref _connection, connection);
        try
        {
            if (HasSeveral(connection))
            {
                _timer.Change(_period, _period);
            }
        }
        catch (Exception exception)
        {
            // A connection of a class of the application, or this was disposed. The bus can do without the watch.
            ConnectionLog.LookFailed(_logger, exception, _appName);
        }
    }

    public void Dispose() => _timer.Dispose();

    /// <summary>Checks in the background how many masters there are.</summary>
    public void LookAgain()
    {
        if (Volatile.Read(ref _connection) is { } connection && Interlocked.Exchange(ref _isLooking, 1) == 0)
        {
            _time.Run(() => LookAsync(connection));
        }
    }

    private async Task LookAsync(IConnectionMultiplexer connection)
    {
        try
        {
            if (!HasSeveral(connection) || connection.AreCluster())
            {
                return;
            }

            var answers = await _survey.AskAsync(connection).ConfigureAwait(false);
            var several = MasterCandidate.DescribeSeveral(answers.Servers);
            if (several is not null && several != _told)
            {
                ConnectionLog.SeveralMastersLent(_logger, _appName, several);
            }

            _told = several;
            await LookAgainAsync(connection, answers).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // Also what a connection of a class of the application throws.
            ConnectionLog.LookFailed(_logger, exception, _appName);
        }
        finally
        {
            Volatile.Write(ref _isLooking, 0);
        }
    }

    // Left to itself, a client looks once a minute, and has no master until then if the one that it chose is demoted.
    private async Task LookAgainAsync(IConnectionMultiplexer connection, MasterSurvey.Answers answers)
    {
        HashSet<EndPoint> masters = [.. answers.Servers.Where(static server => server.IsMaster).Select(static server => server.EndPoint)];
        var hasChanged = masters.Count > 0 && (_masters is null ? masters.Count > 1 : !masters.SetEquals(_masters));

        // The client may have chosen a master that did not answer here, and that has been demoted since.
        hasChanged |= answers.AreComplete && !_areKnown;
        _areKnown = answers.AreComplete;
        _masters = masters.Count > 0 ? masters : _masters;
        if (hasChanged)
        {
            await connection.LookAtServersAsync(_time).ConfigureAwait(false);
        }
    }

    private static bool HasSeveral(IConnectionMultiplexer connection) => connection.GetServers() is { Length: > 1 };
}
