using RedisBackplane.Streams;
using RedisBackplane.Timing;

namespace RedisBackplane.Publishing;

/// <summary>Logs whether sending works, with few lines of each kind in a burst. Thread-safe.</summary>
internal sealed class SendReports(StreamContext context)
{
    private const int LinesOfABurst = 5;
    private static readonly TimeSpan BetweenBursts = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan BetweenEvictions = TimeSpan.FromMinutes(1);

    private readonly BurstLimiter _failures = new(BetweenBursts, context.Time, LinesOfABurst);
    private readonly BurstLimiter _evictions = new(BetweenEvictions, context.Time);
    private int _isFailureTold;

    public void Failed(Exception exception, int waiting)
    {
        if (_failures.TryEnter())
        {
            Volatile.Write(ref _isFailureTold, 1);
            PublishingLog.SendFailed(context.Logger, exception, context.Name, waiting);
        }
    }

    /// <summary>Sending works again. Logged only if the failure was logged.</summary>
    public void Recovered()
    {
        if (Interlocked.Exchange(ref _isFailureTold, 0) == 1)
        {
            PublishingLog.SendRecovered(context.Logger, context.Name);
        }
    }

    /// <summary>Redis has evicted the record of the publisher.</summary>
    public void RecordEvicted()
    {
        if (_evictions.TryEnter())
        {
            PublishingLog.RecordEvicted(context.Logger, context.Name);
        }
    }
}
