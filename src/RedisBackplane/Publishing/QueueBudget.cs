namespace RedisBackplane.Publishing;

/// <summary>
/// What the send queues of all streams of a bus may hold together. Up to its equal share, a stream may take all that is
/// free. Beyond that share, it must leave an eighth of the whole free for the others: if one Redis is away, its streams
/// then cannot take the room of streams on another Redis. Thread-safe.
/// </summary>
/// <param name="maxMessages">The most messages.</param>
/// <param name="maxBytes">The most bytes.</param>
/// <param name="streams">The number of streams that share it.</param>
internal sealed class QueueBudget(int maxMessages, long maxBytes, int streams)
{
    private const int PartForOthers = 8;

    private readonly object _gate = new();
    private long _messages;
    private long _bytes;

    public int MaxMessages { get; } = maxMessages;

    public long MaxBytes { get; } = maxBytes;

    public long Messages => Volatile.Read(ref _messages);

    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>How full it is, by messages or by bytes, whichever is more; from 0 to 1.</summary>
    public double Usage => UsageOf(Messages, Bytes);

    /// <summary>The part of the whole that this is, by messages or by bytes, whichever is more; from 0 to 1.</summary>
    public double UsageOf(long messages, long bytes) => Math.Min(1, Math.Max((double)messages / MaxMessages, (double)bytes / MaxBytes));

    /// <summary>Takes room for a message, if there is any for this stream.</summary>
    /// <param name="size">An upper bound of its bytes. <see cref="Change"/> corrects it later.</param>
    /// <param name="ownMessages">How many messages the stream holds.</param>
    /// <param name="ownBytes">How many bytes they have.</param>
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
    /// <param name="ownMessages">How many messages the stream would hold.</param>
    /// <param name="ownBytes">How many bytes they would have.</param>
    /// <param name="lessMessages">How many messages less that is.</param>
    /// <param name="lessBytes">How many bytes less that is.</param>
    public bool WouldHaveRoom(long size, int ownMessages, long ownBytes, int lessMessages, long lessBytes)
    {
        lock (_gate)
        {
            return HasRoom(size, _messages - lessMessages, _bytes - lessBytes, ownMessages, ownBytes);
        }
    }

    /// <summary>Counts what was added to a queue or removed from it.</summary>
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
        var isBeyondShare = streams > 1
            && ((long)(ownMessages + 1) * streams > MaxMessages || (ownBytes + size) * streams > MaxBytes);
        var (forOtherMessages, forOtherBytes) = isBeyondShare ? (MaxMessages / PartForOthers, MaxBytes / PartForOthers) : (0, 0L);
        return messages < MaxMessages - forOtherMessages && bytes + size <= MaxBytes - forOtherBytes;
    }
}
