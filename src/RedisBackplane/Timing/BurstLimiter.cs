namespace RedisBackplane.Timing;

/// <summary>Limits what happens in bursts, such as log lines, to the first ones. Thread-safe.</summary>
/// <param name="quiet">The time after the first one of a burst, after which a new burst begins.</param>
/// <param name="lines">How many of each burst are let through.</param>
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
