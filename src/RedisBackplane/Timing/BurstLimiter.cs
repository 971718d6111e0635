namespace RedisBackplane.Timing;

/// <summary>Lets one log line of a burst through. Thread-safe.</summary>
internal sealed class BurstLimiter
{
    private readonly TimeProvider _time;
    private readonly long _quiet;
    private long _last = long.MinValue;

    /// <param name="quiet">How long after a line the next one may come.</param>
    /// <param name="time">The clock.</param>
    public BurstLimiter(TimeSpan quiet, TimeProvider time)
    {
        _time = time;
        _quiet = time.Timestamp(quiet);
    }

    public bool TryEnter()
    {
        var now = _time.GetTimestamp();
        var last = Volatile.Read(ref _last);
        return (last == long.MinValue || now - last >= _quiet) && Interlocked.CompareExchange(ref _last, now, last) == last;
    }
}
