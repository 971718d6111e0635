using Microsoft.Extensions.Logging;
using RedisBackplane.Timing;
using StackExchange.Redis;

namespace RedisBackplane.Redis.Connection;

/// <summary>Logs the events of a connection, a few lines of each kind in a burst. Thread-safe.</summary>
internal sealed class ConnectionReports(string appName, ILogger logger, TimeProvider time)
{
    // Enough for the servers of a cluster that lose their connections at the same time.
    private const int LinesOfABurst = 20;
    private static readonly TimeSpan BetweenBursts = TimeSpan.FromSeconds(10);

    private readonly BurstLimiter _unmade = new(BetweenBursts, time);
    private readonly BurstLimiter _lost = new(BetweenBursts, time, LinesOfABurst);
    private readonly BurstLimiter _back = new(BetweenBursts, time, LinesOfABurst);
    private readonly BurstLimiter _silent = new(BetweenBursts, time);
    private readonly BurstLimiter _outOfStep = new(BetweenBursts, time);

    /// <summary>A connection could not be made.</summary>
    public void Unmade(Exception exception, TimeSpan delay)
    {
        if (_unmade.TryEnter())
        {
            ConnectionLog.ConnectFailed(logger, exception, appName, delay);
        }
    }

    public void Lost(ConnectionFailedEventArgs e)
    {
        if (_lost.TryEnter())
        {
            ConnectionLog.ConnectionFailed(logger, e.Exception, appName, ServerOf(e), e.FailureType.ToString());
        }
    }

    public void Back(ConnectionFailedEventArgs e)
    {
        if (_back.TryEnter())
        {
            ConnectionLog.ConnectionRestored(logger, appName, ServerOf(e));
        }
    }

    /// <summary>A call got an answer that cannot be its own.</summary>
    public void OutOfStep(string call)
    {
        if (_outOfStep.TryEnter())
        {
            ConnectionLog.OutOfStep(logger, appName, call);
        }
    }

    /// <summary>
    /// Whether to report a borrowed connection that answers nothing: no caller has reported it lately.
    /// </summary>
    public bool MaySaySilent() => _silent.TryEnter();

    private static string ServerOf(ConnectionFailedEventArgs e) =>
        e.EndPoint is { } server ? RedisConnectionSource.Describe(server) : "Redis";
}
