namespace RedisBackplane.Delivery;

/// <summary>
/// The readers of a stream, and how far the slowest of them is behind. Only those count that this server itself keeps waiting, for a thread
/// or at their work: who waits for its client does not, so that a slow client never holds up others. Not thread-safe: guarded by
/// <see cref="StreamLog.Gate"/>, but for <see cref="IsCrowded"/>.
/// </summary>
internal sealed class Backlog
{
    /// <summary>
    /// The readers are looked at as often as this part of the log has been filled: the more there are, the more messages share the cost.
    /// </summary>
    private const int LooksPerLog = 16;

    private readonly FrameLog _frames;
    private readonly Pace _pace;
    private readonly List<LogReader> _readers = [];
    private long _lookAtMessages;
    private long _lookAtBytes;
    private volatile bool _isCrowded;

    public Backlog(DeliveryLimits limits, FrameLog frames, TimeProvider time)
    {
        _frames = frames;
        _pace = new Pace(limits.Patience, time);
    }

    /// <summary>Subscriptions were so far behind at the last look that what comes in has to wait. Thread-safe.</summary>
    public bool IsCrowded => _isCrowded;

    public void Add(LogReader reader)
    {
        reader.Slot = _readers.Count;
        _readers.Add(reader);
    }

    public void Remove(LogReader reader)
    {
        if (reader.Slot < 0)
        {
            return;
        }

        var last = _readers[_readers.Count - 1];
        _readers[reader.Slot] = last;
        last.Slot = reader.Slot;
        _readers.RemoveAt(_readers.Count - 1);
        reader.Slot = -1;
    }

    /// <summary>A frame was appended: looks at the readers if it is time to.</summary>
    public void Appended()
    {
        if (_frames.AppendedMessages >= _lookAtMessages || _frames.AppendedBytes >= _lookAtBytes)
        {
            Look();
        }
    }

    /// <summary>Looks at the readers.</summary>
    public void Look()
    {
        _lookAtMessages = _frames.AppendedMessages + Math.Max(1, _frames.Limits.MaxLogMessages / LooksPerLog);
        _lookAtBytes = _frames.AppendedBytes + Math.Max(1, _frames.Limits.MaxLogBytes / LooksPerLog);
        var slowest = ulong.MaxValue;
        foreach (var reader in _readers)
        {
            slowest = Math.Min(slowest, reader.WorksAfter ?? ulong.MaxValue);
        }

        if (_pace.Judge(slowest == ulong.MaxValue ? 1 : _frames.RoomAfter(slowest)))
        {
            PassOverThoseBehind();
        }

        _isCrowded = _pace.IsHolding;
    }

    private void PassOverThoseBehind()
    {
        foreach (var reader in _readers)
        {
            if (reader.WorksAfter is { } after && Pace.IsBehind(_frames.RoomAfter(after)))
            {
                reader.PassOver();
            }
        }
    }
}
