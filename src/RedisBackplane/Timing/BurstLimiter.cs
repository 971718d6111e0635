namespace RedisBackplane.Timing;

/// <summary>Lets the first log lines of a burst through. Thread-safe.</summary>
/// <param name="quiet">How long after the first line of a burst further ones may come.</param>
/// <param name="lines">How many lines of a burst come through.</param>
internal sealed class BurstLimiter(TimeSpan quiet, TimeProvider time, int lines = 1)
{
    private readonly object _gate = new();
    private readonly TimeProvider _time = time;
    private readonly long _quiet = time.Timestamp(quiet);
    private readonly int _lines = lines;
    private long _first;
    private int _entered;

    public bool TryEnter()
    {
        var now = _time.GetTimestamp();
        lock (_gate)
        {
            if (_entered == 0 || now - _first >= _quiet)
            {
                (_first, _entered) = (now, 0);
            }

            if (_entered == _lines)
            {
                return false;
            }

            _entered++;
            return true;
        }
    }
}
