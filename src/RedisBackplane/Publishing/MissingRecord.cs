using RedisBackplane.Streams;

namespace RedisBackplane.Publishing;

/// <summary>
/// Finds out why Redis no longer has a record of a publisher. Either it lost its memory, or it evicted this record
/// alone, because its <c>maxmemory-policy</c> evicts keys that expire. The ids show which: if they continued without a
/// restart, nothing is lost and nothing must be sent again. Not thread-safe: <see cref="Publisher"/> guards it.
/// </summary>
internal sealed class MissingRecord(StreamContext context)
{
    // After that time, the channel has brought every message that was stored before the counter was read.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    // Ids restart at the clock in microseconds, or leap farther than this (publish.lua). A farm sends fewer messages
    // than microseconds pass. So once ids have continued for this long, a restart puts them farther ahead than that.
    private const ulong LeastLeap = 1 << 18;
    private static readonly TimeSpan LeastAge = TimeSpan.FromSeconds(0.5);

    private ulong _lastStored;
    private long _lastOpened;
    private long _idsContinueSince;
    private bool _isAsked;
    private ulong? _counter;
    private long _since;

    /// <summary>Whether the reason is still unknown. Until it is known, nothing may be sent.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Redis has stored a batch.</summary>
    /// <param name="lastId">The id of its last message; 0 if that is unknown.</param>
    /// <param name="openedAt">A time before it was stored.</param>
    public void NoteStored(ulong lastId, long openedAt)
    {
        if (lastId <= _lastStored)
        {
            return;
        }

        if (lastId - _lastStored > LeastLeap)
        {
            _idsContinueSince = context.Time.GetTimestamp();
        }

        (_lastStored, _lastOpened) = (lastId, openedAt);
    }

    /// <summary>Redis answered that it has no record. The counter must be read.</summary>
    public void Open()
    {
        if (!IsOpen)
        {
            IsOpen = true;
            _isAsked = false;
            _since = context.Time.GetTimestamp();
        }
    }

    /// <summary>Whether the counter must be read now.</summary>
    public bool TryAsk()
    {
        var isDue = IsOpen && !_isAsked;
        _isAsked |= isDue;
        return isDue;
    }

    /// <summary>Takes the counter that was read; null if Redis has none.</summary>
    public void Answer(ulong? counter) => _counter = counter ?? 0;

    /// <summary>Reading the counter failed. It must be read again.</summary>
    public void Fail() => _isAsked = false;

    /// <summary>Decides why the record is missing, if that is known by now.</summary>
    public RecordLoss Decide()
    {
        if (_counter is not { } counter)
        {
            return RecordLoss.Unknown;
        }

        var isLost = counter == 0 || counter < _lastStored || !context.Received.IsUnbrokenSince(_lastStored);
        if (!isLost && !context.Received.IsAny)
        {
            // This server only sends: it cannot see whether ids restarted, but how far they are.
            isLost = counter - _lastStored > LeastLeap
                || context.Time.GetElapsedTime(_idsContinueSince, _lastOpened) < LeastAge;
        }
        else if (!isLost && !context.Received.Reaches(counter))
        {
            if (context.Time.GetElapsedTime(_since) < Longest)
            {
                return RecordLoss.Unknown;
            }

            isLost = true;
        }

        IsOpen = false;
        _counter = null;
        return isLost ? RecordLoss.MemoryLost : RecordLoss.Evicted;
    }
}

internal enum RecordLoss
{
    /// <summary>The counter has not been read, or messages stored before it have not arrived.</summary>
    Unknown,

    /// <summary>Redis lost what it had confirmed, or there is no proof that it did not.</summary>
    MemoryLost,

    /// <summary>Redis has lost the record and nothing else.</summary>
    Evicted,
}
