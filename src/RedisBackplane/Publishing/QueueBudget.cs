namespace RedisBackplane.Publishing;

/// <summary>
/// What the queues of all streams of a bus may hold together. A stream may take all that is free, up to its equal
/// share; beyond its share it leaves an eighth of the whole to the others, so that a Redis that is away does not take
/// the room of streams in another. Thread-safe.
/// </summary>
/// <param name="maxMessages">The most messages.</param>
/// <param name="maxBytes">The most bytes.</param>
/// <param name="streams">How many streams share it.</param>
internal sealed class QueueBudget(int maxMessages, long maxBytes, int streams)
{
    private const int PartForOthers = 8;

    private readonly object _gate = new();
    private readonly int _streams = streams;
    private long _messages;
    private long _bytes;

    public int MaxMessages { get; } = maxMessages;

    public long MaxBytes { get; } = maxBytes;

    public long Messages => Volatile.Read(ref _messages);

    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>By messages or by bytes, whichever is fuller; from 0 to 1.</summary>
    public double Usage => UsageOf(Messages, Bytes);

    /// <summary>Which part of the whole that is, from 0 to 1.</summary>
    public double UsageOf(long messages, long bytes) => Math.Min(1, Math.Max((double)messages / MaxMessages, (double)bytes / MaxBytes));

    /// <summary>Takes room for a message, if there is any for this stream.</summary>
    /// <param name="size">The most bytes that it may take; <see cref="Change"/> corrects them.</param>
    /// <param name="ownMessages">The messages that the stream holds.</param>
    /// <param name="ownBytes">The bytes of them.</param>
    public bool TryTake(long size, int ownMessages, long ownBytes)
    {
        lock (_gate)
        {
            if (!HasRoom(size, _messages, _bytes, ownMessages, ownBytes))
            {
                return false;
            }

            _messages++;
            _bytes += size;
            return true;
        }
    }

    /// <summary>Whether there would be room for a message if the stream held less.</summary>
    /// <param name="size">As for <see cref="TryTake"/>.</param>
    /// <param name="ownMessages">The messages that the stream would hold.</param>
    /// <param name="ownBytes">The bytes of them.</param>
    /// <param name="lessMessages">How many less that is.</param>
    /// <param name="lessBytes">How many bytes less.</param>
    public bool WouldHaveRoom(long size, int ownMessages, long ownBytes, int lessMessages, long lessBytes)
    {
        lock (_gate)
        {
            return HasRoom(size, _messages - lessMessages, _bytes - lessBytes, ownMessages, ownBytes);
        }
    }

    /// <summary>A queue holds more or less.</summary>
    public void Change(int messages, long bytes)
    {
        lock (_gate)
        {
            _messages += messages;
            _bytes += bytes;
        }
    }

    private bool HasRoom(long size, long messages, long bytes, int ownMessages, long ownBytes)
    {
        var isBeyondShare = _streams > 1
            && ((long)(ownMessages + 1) * _streams > MaxMessages || (ownBytes + size) * _streams > MaxBytes);
        var (forOtherMessages, forOtherBytes) = isBeyondShare ? (MaxMessages / PartForOthers, MaxBytes / PartForOthers) : (0, 0L);
        return messages < MaxMessages - forOtherMessages && bytes + size <= MaxBytes - forOtherBytes;
    }
}
