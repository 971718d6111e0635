namespace RedisBackplane.Receiving;

/// <summary>
/// The numbers of the batches that a publisher sent and this server did not receive. Limited: the lowest numbers are
/// dropped first. Not thread-safe.
/// </summary>
/// <param name="capacity">The most ranges to keep. Consecutive numbers are one range.</param>
internal sealed class MissedBatches(int capacity)
{
    // In ascending order.
    private readonly List<(ulong First, ulong Last)> _ranges = [];

    /// <summary>Adds numbers that are higher than all that were added before.</summary>
    public void Add(ulong first, ulong last)
    {
        if (_ranges.Count == capacity)
        {
            _ranges.RemoveAt(0);
        }

        _ranges.Add((first, last));
    }

    public bool Contains(ulong number) => _ranges.Exists(range => range.First <= number && number <= range.Last);

    /// <summary>Whether a number was missed; from then on it no longer is.</summary>
    public bool TryTake(ulong number)
    {
        var at = _ranges.FindIndex(range => range.Last >= number);
        if (at < 0 || _ranges[at].First > number)
        {
            return false;
        }

        var (first, last) = _ranges[at];
        _ranges.RemoveAt(at);
        if (last > number)
        {
            _ranges.Insert(at, (number + 1, last));
        }

        if (first < number)
        {
            _ranges.Insert(at, (first, number - 1));
        }

        while (_ranges.Count > capacity)
        {
            _ranges.RemoveAt(0);
        }

        return true;
    }
}
