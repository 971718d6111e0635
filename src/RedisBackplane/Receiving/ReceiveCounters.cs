namespace RedisBackplane.Receiving;

/// <summary>What the receiving room did. Thread-safe.</summary>
internal sealed class ReceiveCounters
{
    private long _payloads;
    private long _frames;
    private long _malformed;
    private long _duplicates;
    private long _foreign;
    private long _unauthenticated;
    private long _droppedBacklog;
    private long _droppedHeld;
    private long _jumps;
    private long _gapsFilled;
    private long _gapsUnfilled;
    private long _replayed;
    private long _lost;
    private long _failed;
    private long _pauses;

    /// <summary>All payloads of the channel, of any kind.</summary>
    public long Payloads => Volatile.Read(ref _payloads);

    /// <summary>Frames taken, live or from the history.</summary>
    public long Frames => Volatile.Read(ref _frames);

    /// <summary>Payloads on the channel that were no frame.</summary>
    public long Malformed => Volatile.Read(ref _malformed);

    /// <summary>Frames that had been taken already.</summary>
    public long Duplicates => Volatile.Read(ref _duplicates);

    /// <summary>Frames that claimed an id above the counter in Redis.</summary>
    public long Foreign => Volatile.Read(ref _foreign);

    /// <summary>Frames that were dropped because no key of the farm had signed them.</summary>
    public long Unauthenticated => Volatile.Read(ref _unauthenticated);

    /// <summary>
    /// Frames that were dropped in the client library, because this process was too slow. They are read from the
    /// history.
    /// </summary>
    public long DroppedBacklog => Volatile.Read(ref _droppedBacklog);

    /// <summary>
    /// Frames that were dropped because they arrived faster than the history was read. They are read from the history
    /// too.
    /// </summary>
    public long DroppedHeld => Volatile.Read(ref _droppedHeld);

    public long Jumps => Volatile.Read(ref _jumps);

    public long GapsFilled => Volatile.Read(ref _gapsFilled);

    public long GapsUnfilled => Volatile.Read(ref _gapsUnfilled);

    /// <summary>Messages taken from the history.</summary>
    public long Replayed => Volatile.Read(ref _replayed);

    /// <summary>Ids that neither arrived nor were in the history.</summary>
    public long Lost => Volatile.Read(ref _lost);

    /// <summary>Frames whose delivery threw.</summary>
    public long Failed => Volatile.Read(ref _failed);

    /// <summary>How often frames were left in the history for a while, because subscriptions were behind.</summary>
    public long Pauses => Volatile.Read(ref _pauses);

    public void Pause() => Interlocked.Increment(ref _pauses);

    public void Payload() => Interlocked.Increment(ref _payloads);

    public void Frame() => Interlocked.Increment(ref _frames);

    public long CountMalformed() => Interlocked.Increment(ref _malformed);

    public void Duplicate() => Interlocked.Increment(ref _duplicates);

    public long CountForeign() => Interlocked.Increment(ref _foreign);

    public long CountUnauthenticated() => Interlocked.Increment(ref _unauthenticated);

    public void DropBacklog(int frames) => Interlocked.Add(ref _droppedBacklog, frames);

    public void DropHeld(int frames) => Interlocked.Add(ref _droppedHeld, frames);

    public void Jump() => Interlocked.Increment(ref _jumps);

    public void GapFilled(long messages)
    {
        Interlocked.Increment(ref _gapsFilled);
        Interlocked.Add(ref _replayed, messages);
    }

    public void GapUnfilled(long messages)
    {
        Interlocked.Increment(ref _gapsUnfilled);
        Interlocked.Add(ref _lost, messages);
    }

    public void Failure() => Interlocked.Increment(ref _failed);
}
