using RedisBackplane.Streams;
using RedisBackplane.Timing;

namespace RedisBackplane.Receiving;

/// <summary>
/// The reason for and the result of one catch-up; logged when the stream is live again. Not thread-safe:
/// <see cref="FrameIntake"/> guards it.
/// </summary>
internal sealed class CatchUpReport(StreamContext context, ReceiveCounters counters)
{
    private const int LinesOfABurst = 5;
    private static readonly TimeSpan BetweenBursts = TimeSpan.FromSeconds(10);

    // Redis may close a connection often, for example after each message that exceeds its output buffer limit.
    private readonly BurstLimiter _filled = new(BetweenBursts, context.Time, LinesOfABurst);
    private bool _isPaced;
    private long _replayed;

    /// <summary>Nothing was missed: the sink had no room, and messages stayed in the history.</summary>
    public void Paced() => _isPaced = true;

    /// <summary>Messages came from the history.</summary>
    public void Replayed(int messages) => _replayed += messages;

    /// <param name="hasStarted">
    /// Whether the stream was live before. What a server reads at its start was not missed.
    /// </param>
    public void Tell(ulong lastId, bool hasStarted)
    {
        if (_isPaced)
        {
            counters.Pauses.Add();
            counters.Replayed.Add(_replayed);
            ReceivingLog.Paused(context.Logger, context.Name, _replayed, lastId);
        }
        else if (_replayed > 0 && hasStarted)
        {
            counters.GapFilled(_replayed);
            if (_filled.TryEnter())
            {
                ReceivingLog.GapFilled(context.Logger, context.Name, _replayed, lastId);
            }
        }

        _replayed = 0;
        _isPaced = false;
    }
}
