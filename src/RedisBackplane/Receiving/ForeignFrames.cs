using RedisBackplane.Streams;
using RedisBackplane.Timing;
using RedisBackplane.Wire;

namespace RedisBackplane.Receiving;

/// <summary>
/// Frames that claim ids which Redis has not assigned. Anyone can write to a channel, so the counter in Redis has to
/// confirm ids that do not follow. A foreign frame is dropped, counted, and logged at most every ten seconds. Not
/// thread-safe: <see cref="FrameIntake"/> guards it.
/// </summary>
internal sealed class ForeignFrames(StreamContext context, ReceiveCounters counters)
{
    // If Redis loses its counter, ids continue at its clock in microseconds, or leap by less than 2^33 (publish.lua).
    // The rest is for clocks that differ: together 38 hours.
    private const ulong FarthestLeap = 1UL << 37;

    private static readonly TimeSpan BetweenReports = TimeSpan.FromSeconds(10);

    private readonly BurstLimiter _log = new(BetweenReports, context.Time);

    /// <summary>Whether a frame that does not follow the last one is foreign.</summary>
    /// <param name="counter">The last id that Redis has given; <see langword="null"/> if it has no counter.</param>
    public bool Includes(in FrameHeader header, ulong? counter, FrameSequence sequence)
    {
        if (counter is { } last)
        {
            return header.LastId > last;
        }

        // Redis may have lost the counter after it had assigned the ids: it was evicted or deleted, or recognize.lua
        // restarted it. The frames from before the loss are genuine, and will not come a second time. Until there is a
        // counter again, only ids that no server can have been given are certain to be foreign.
        var now = (ulong)UnixTime.Microseconds(context.Time.GetUtcNow());
        return sequence.LastId == 0
            || sequence.IsDoubtful(header)
            || header.LastId > Math.Max(sequence.LastId, now) + FarthestLeap;
    }

    public void Report(ulong id, ulong? counter)
    {
        var total = counters.Foreign.Add();
        if (_log.TryEnter())
        {
            ReceivingLog.FrameForeign(context.Logger, context.Name, id, counter ?? 0, total);
        }
    }
}
