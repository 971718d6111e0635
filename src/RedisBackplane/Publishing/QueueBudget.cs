namespace RedisBackplane.Publishing;

/// <summary>
/// What the send queues of all streams of a bus may hold together. Up to its equal share, a stream may take all that is
/// free. Beyond that share, it must leave an eighth of the whole free for the others: if one Redis is away, its streams
/// then cannot take the room of streams on another Redis. Thread-safe.
/// </summary>
/// <remarks>
/// It has no lock, because it is used for every message. Room is checked again after it was taken, and given back if
/// another stream had taken it. So two streams never have the same room; at worst, neither of them gets the last of it.
/// </remarks>
/// <param name="streams">The number of streams that share it.</param>
internal sealed class QueueBudget(int maxMessages, long maxBytes, int streams)
{
    private const int PartForOthers = 8;

    private long _messages;
    private long _bytes;

    public int MaxMessages { get; } = maxMessages;

    public long MaxBytes { get; } = maxBytes;

    public bool IsShared => streams > 1;

    /// <summary>A message of more bytes has no room even if the queue is empty.</summary>
    public long LargestMessage => IsShared ? MaxBytes - (MaxBytes / PartForOthers) : MaxBytes;

    public long Messages => Volatile.Read(ref _messages);

    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>How full it is, by messages or by bytes, whichever is more; from 0 to 1.</summary>
    public double Usage => UsageOf(Messages, Bytes);

    /// <summary>The part of the whole that this is, by messages or by bytes, whichever is more; from 0 to 1.</summary>
    public double UsageOf(long messages, long bytes) => Math.Min(1, Math.Max((double)messages / MaxMessages, (double)bytes / MaxBytes));

    /// <summary>Takes room for a message, if there is any for this stream.</summary>
    /// <param name="size">An upper bound of its bytes. <see cref="Change"/> corrects it later.</param>
    /// <param name="ownMessages">How many messages the stream holds.</param>
    public bool TryTake(long size, int ownMessages, long ownBytes)
    {
        if (!HasRoom(size, Messages, Bytes, ownMessages, ownBytes))
        {
            return false;
        }

        var messages = Interlocked.Increment(ref _messages) - 1;
        var bytes = Interlocked.Add(ref _bytes, size) - size;
        if (HasRoom(size, messages, bytes, ownMessages, ownBytes))
        {
            return true;
        }

        // Another stream was faster.
        Change(-1, -size);
        return false;
    }

    /// <summary>Whether there would be room for a message if the stream held less.</summary>
    /// <param name="ownMessages">How many messages it would then hold, of <paramref name="ownBytes"/> bytes.</param>
    /// <param name="lessMessages">How many messages less that is, of <paramref name="lessBytes"/> bytes.</param>
    public bool WouldHaveRoom(long size, int ownMessages, long ownBytes, int lessMessages, long lessBytes) =>
        HasRoom(size, Messages - lessMessages, Bytes - lessBytes, ownMessages, ownBytes);

    /// <summary>Counts what was added to a queue or removed from it.</summary>
    public void Change(int messages, long bytes)
    {
        if (messages != 0)
        {
            Interlocked.Add(ref _messages, messages);
        }

        Interlocked.Add(ref _bytes, bytes);
    }

    private bool HasRoom(long size, long messages, long bytes, int ownMessages, long ownBytes)
    {
        var isBeyondShare = streams > 1
            && ((long)(ownMessages + 1) * streams > MaxMessages || (ownBytes + size) * streams > MaxBytes);
        var (forOtherMessages, forOtherBytes) = isBeyondShare ? (MaxMessages / PartForOthers, MaxBytes / PartForOthers) : (0, 0L);
        return messages < MaxMessages - forOtherMessages && bytes + size <= MaxBytes - forOtherBytes;
    }
}
