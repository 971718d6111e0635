using RedisBackplane.Streams;
using RedisBackplane.Wire;

namespace RedisBackplane.Receiving;

/// <summary>
/// Tracks the ids that no frame contained: reports each as lost once, or knows why no message is lost. Not thread-safe:
/// <see cref="FrameIntake"/> guards it.
/// </summary>
internal sealed class MissingIds(StreamContext context, ReceiveCounters counters)
{
    private const int MaxRanges = 256;

    // No server misses more messages than this at a time, and no farm sends as many as microseconds pass. With a larger
    // difference, the counter restarted in between at the time in microseconds, and the number of missing messages is
    // unknown.
    private const ulong MostMissed = 100_000_000;
    private const ulong MostAtOnce = 1_048_576;

    // A counter that restarts continues at the clock. In a farm that began a moment ago, that is a short gap, but a gap
    // of this length does not reach the clock otherwise.
    private const ulong LeastRestart = 65_536;

    // Ids of frames in the history that were rejected. No message will arrive for them, and no message of the farm is
    // missing. They never advance a stream, because the ids of a rejected frame are not trusted.
    private readonly NumberRanges _refused = new(MaxRanges);
    private readonly NumberRanges _passed = new(MaxRanges);
    private long? _lastSentAt;
    private ulong? _suspectedUpTo;
    private (ulong After, ulong UpTo)? _passing;

    /// <summary>
    /// Raised for ids, after the first and up to the second, that neither the channel nor the history delivered.
    /// </summary>
    public event Action<ulong, ulong>? Lost;

    /// <summary>Missing ids up to here were reported, or contain no lost messages; 0 if nothing is missing.</summary>
    public ulong AccountedUpTo { get; private set; }

    /// <summary>A frame was taken.</summary>
    public void Took(in FrameHeader header)
    {
        var lastId = header.LastId;
        _lastSentAt = header.IsAnonymous ? null : header.SentAtMicroseconds;
        if (lastId < AccountedUpTo)
        {
            // Clears what was missing: it arrived, or the counter was corrected.
            AccountedUpTo = 0;
        }

        _refused.DropUpTo(lastId);
    }

    /// <summary>The history contains a frame that was rejected.</summary>
    /// <returns>Whether it was not known before.</returns>
    public bool Refuse(in FrameHeader header, ulong lastId) => header.LastId > lastId && _refused.Add(header.FirstId, header.LastId);

    /// <summary>No frame will arrive for ids up to this one.</summary>
    /// <param name="reason">Why, as text for a log.</param>
    public void Report(ulong lastId, ulong upTo, string reason)
    {
        var after = Math.Max(lastId, AccountedUpTo);
        AccountedUpTo = Math.Max(upTo, AccountedUpTo);
        while ((after = _refused.EndAfter(after)) < upTo)
        {
            var end = _refused.NextBefore(after, upTo);
            Tell(after, end, MayBeMessages(after, end) ? end - after : 1, reason);
            after = end;
        }
    }

    // Whether the farm can have sent that many messages since the last frame that was taken.
    private bool MayBeMessages(ulong after, ulong end)
    {
        var missed = end - after;
        if (_lastSentAt is not { } sentAt)
        {
            return missed <= MostMissed;
        }

        var passed = UnixTime.Microseconds(context.Time.GetUtcNow()) - sentAt;
        return missed <= Math.Min(MostMissed, MostAtOnce + (ulong)Math.Max(0, passed))
            && (missed < LeastRestart || end < (ulong)Math.Max(0, sentAt));
    }

    private void Tell(ulong after, ulong end, ulong messages, string reason)
    {
        counters.GapUnfilled((long)messages);
        ReceivingLog.GapUnfilled(context.Logger, context.Name, after, end, reason);
        Lost?.Invoke(after, end);
    }

    /// <summary>
    /// Reports messages that have ids of others, and are therefore not delivered. <see cref="RepeatedIds"/> logs it.
    /// </summary>
    public void ReportRepeated(in FrameHeader header)
    {
        counters.GapUnfilled(header.Count);
        Lost?.Invoke(Math.Max(1, header.FirstId) - 1, header.LastId);
    }

    /// <summary>
    /// Reports, once, ids of messages that were not received and are below the current one.
    /// </summary>
    public void ReportPassed(ulong first, ulong last)
    {
        if (!_passed.Add(first, last))
        {
            return;
        }

        if (_passing is { } before && before.UpTo == first - 1)
        {
            _passing = (before.After, last);
            return;
        }

        TellPassed();
        _passing = (first - 1, last);
    }

    /// <summary>
    /// Raises the event for what <see cref="ReportPassed"/> was given. Consecutive frames are one report.
    /// </summary>
    public void TellPassed()
    {
        if (_passing is { } passed)
        {
            _passing = null;
            Tell(passed.After, passed.UpTo, passed.UpTo - passed.After, "another Redis had given higher ids when they were found");
        }
    }

    /// <summary>
    /// The counter is ahead and nothing arrived. A frame may be on its way. If the channel is still silent at the next
    /// read of the history, the ids are reported as lost. Only a frame advances the last id: the counter may have been
    /// set by hand, and messages after its correction must not be taken for old ones.
    /// </summary>
    /// <param name="counter">The last id that was given when the history was read.</param>
    /// <param name="afterSilence">Whether the channel has been silent for a while.</param>
    public void Suspect(ulong lastId, ulong? counter, bool afterSilence)
    {
        var accounted = Math.Max(lastId, AccountedUpTo);
        if (Math.Min(_refused.EndAfter(accounted), counter ?? 0) is var refusedUpTo && refusedUpTo > accounted)
        {
            AccountedUpTo = refusedUpTo;
        }

        if (afterSilence && _suspectedUpTo is { } upTo && lastId < upTo && upTo <= counter)
        {
            Report(lastId, upTo, "neither the channel nor the history brought them");
            _suspectedUpTo = null;
        }
        else
        {
            _suspectedUpTo = counter > Math.Max(lastId, AccountedUpTo) ? counter : null;
        }
    }
}
