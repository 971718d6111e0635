namespace RedisBackplane.Receiving;

/// <summary>
/// Ranges of ids, or of the numbers of batches. Bounded: the lowest are forgotten first. Not thread-safe.
/// </summary>
/// <param name="capacity">The most ranges to remember. Consecutive numbers are one range.</param>
internal sealed class NumberRanges(int capacity)
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

        Insert(at, first, last);
        return true;
    }

    public bool Contains(ulong number) => _ranges.Exists(range => range.First <= number && number <= range.Last);

    /// <summary>Whether it contains a number; from then on it no longer does.</summary>
    public bool TryTake(ulong number)
    {
        var at = Next(number - 1);
        if (at < 0 || _ranges[at].First > number)
        {
            return false;
        }

        var (first, last) = _ranges[at];
        _ranges.RemoveAt(at);
        if (last > number)
        {
            Insert(at, number + 1, last);
        }

        if (first < number)
        {
            Insert(at, first, number - 1);
        }

        return true;
    }

    /// <summary>Forgets numbers that are not above a number.</summary>
    public void DropUpTo(ulong number)
    {
        while (_ranges.Count > 0 && _ranges[0].Last <= number)
        {
            _ranges.RemoveAt(0);
        }
    }

    /// <summary>
    /// The last of the numbers that follow a number without a gap; that number itself if there are none.
    /// </summary>
    public ulong EndAfter(ulong number)
    {
        var at = Next(number);
        return at >= 0 && _ranges[at].First <= number + 1 ? _ranges[at].Last : number;
    }

    /// <summary>
    /// The number before the first range above a number; <paramref name="limit"/> if there is no range up to it.
    /// </summary>
    public ulong NextBefore(ulong number, ulong limit)
    {
        var at = Next(number);
        return at >= 0 && _ranges[at].First <= limit ? Math.Max(number, _ranges[at].First - 1) : limit;
    }

    private int Next(ulong number) => _ranges.Count == 0 ? -1 : _ranges.FindIndex(range => range.Last > number);

    private void Insert(int at, ulong first, ulong last)
    {
        _ranges.Insert(at, (first, last));
        if (_ranges.Count > capacity)
        {
            _ranges.RemoveAt(0);
        }
    }
}
