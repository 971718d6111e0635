using RedisBackplane.Streams;

namespace RedisBackplane.Publishing;

/// <summary>
/// Tells why Redis has no record of a publisher any more: it lost its memory, or it evicted the record alone, as a
/// Redis does whose <c>maxmemory-policy</c> evicts what expires. The ids tell: if they went on without beginning again,
/// nothing is lost, and nothing is to be sent again. Not thread-safe: <see cref="Publisher"/> guards it.
/// </summary>
internal sealed class MissingRecord(StreamContext context)
{
    // By then the channel has brought what was given before the question.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    private readonly StreamContext _context = context;
    private readonly ReceivedRun _received = context.Received;
    private ulong _lastStored;
    private bool _isAsked;
    private ulong? _counter;
    private long _since;

    /// <summary>The reason is not known yet: nothing may go out.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Redis has stored messages up to this id.</summary>
    public void NoteStored(ulong lastId) => _lastStored = Math.Max(_lastStored, lastId);

    /// <summary>Redis answered that it has no record.</summary>
    /// <returns>Whether the reason can be found out here.</returns>
    public bool TryOpen()
    {
        if (!IsOpen && _received.IsAny)
        {
            IsOpen = true;
            _isAsked = false;
            _since = _context.Time.GetTimestamp();
        }

        return IsOpen;
    }

    /// <summary>Whether the counter is to be read now.</summary>
    public bool TryAsk()
    {
        var isDue = IsOpen && !_isAsked;
        _isAsked |= isDue;
        return isDue;
    }

    /// <summary>The counter was read; null if there is none.</summary>
    public void Answer(ulong? counter) => _counter = counter ?? 0;

    /// <summary>Reading the counter failed: it is to be asked again.</summary>
    public void Fail() => _isAsked = false;

    /// <summary>Decides, if that is possible yet.</summary>
    public RecordLoss Decide()
    {
        if (_counter is not { } counter)
        {
            return RecordLoss.Unknown;
        }

        var isLost = counter < _lastStored || !_received.IsUnbrokenSince(_lastStored);
        if (!isLost && !_received.Reaches(counter))
        {
            if (_context.Time.GetElapsedTime(_since) < Longest)
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
    /// <summary>The counter was not read yet, or what was given before has not arrived yet.</summary>
    Unknown,

    /// <summary>Redis lost what it had confirmed, or nothing proves that it did not.</summary>
    MemoryLost,

    /// <summary>Redis has everything but the record.</summary>
    Evicted,
}
