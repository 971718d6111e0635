namespace RedisBackplane.Receiving;

/// <summary>
/// The ids of frames in the history that were rejected. No message will arrive for these ids, and no message of the
/// farm is missing. They never advance a stream, because the ids of a rejected frame are not trusted. Bounded: the
/// lowest are forgotten first. Not thread-safe.
/// </summary>
/// <param name="capacity">The most ranges to remember; frames that follow each other share one.</param>
internal sealed class RefusedIds(int capacity)
{
    // In ascending order. They neither overlap nor touch.
    private readonly List<(ulong First, ulong Last)> _ranges = [];

    /// <returns>Whether any of them is new.</returns>
    public bool Add(ulong first, ulong last)
    {
        var at = _ranges.FindIndex(range => range.Last >= first - 1);
        if (at < 0)
        {
            at = _ranges.Count;
        }
        else if (_ranges[at].First <= first && _ranges[at].Last >= last)
        {
            return false;
        }

        while (at < _ranges.Count && _ranges[at].First - 1 <= last)
        {
            (first, last) = (Math.Min(first, _ranges[at].First), Math.Max(last, _ranges[at].Last));
            _ranges.RemoveAt(at);
        }

        _ranges.Insert(at, (first, last));
        if (_ranges.Count > capacity)
        {
            _ranges.RemoveAt(0);
        }

        return true;
    }

    /// <summary>Forgets ids that are not above an id.</summary>
    public void DropUpTo(ulong id)
    {
        while (_ranges.Count > 0 && _ranges[0].Last <= id)
        {
            _ranges.RemoveAt(0);
        }
    }

    /// <summary>
    /// The last of the refused ids that follow an id without a gap; that id itself if there are none.
    /// </summary>
    public ulong EndAfter(ulong id)
    {
        var at = Next(id);
        return at >= 0 && _ranges[at].First <= id + 1 ? _ranges[at].Last : id;
    }

    /// <summary>
    /// The id before the first refused one above an id; <paramref name="limit"/> if there is none up to it.
    /// </summary>
    public ulong NextBefore(ulong id, ulong limit)
    {
        var at = Next(id);
        return at >= 0 && _ranges[at].First <= limit ? Math.Max(id, _ranges[at].First - 1) : limit;
    }

    private int Next(ulong id) => _ranges.Count == 0 ? -1 : _ranges.FindIndex(range => range.Last > id);
}
