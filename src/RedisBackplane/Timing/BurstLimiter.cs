namespace RedisBackplane.Timing;

/// <summary>Limits log lines to the first ones of a burst. Thread-safe.</summary>
/// <param name="quiet">The time after the first line of a burst, after which a new burst begins.</param>
/// <param name="lines">The number of lines that each burst may log.</param>
internal sealed class BurstLimiter(TimeSpan quiet, TimeProvider time, int lines = 1)
{
    private readonly object _gate = new();
    private readonly long _quiet = time.Timestamp(quiet);
    private long _first;
    private int _entered;

    public bool TryEnter()
    {
        var now = time.GetTimestamp();
        lock (_gate)
        {
            if (_entered == 0 || now - _first >= _quiet)
            {
                (_first, _entered) = (now, 0);
            }

            if (_entered == lines)
            {
                return false;
            }

            _entered++;
            return true;
        }
    }
}
