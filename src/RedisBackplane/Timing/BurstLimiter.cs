namespace RedisBackplane.Timing;

/// <summary>Lets one log line of a burst through. Thread-safe.</summary>
/// <param name="quiet">How long after a line the next one may come.</param>
internal sealed class BurstLimiter(TimeSpan quiet, TimeProvider time)
{
    private readonly TimeProvider _time = time;
    private readonly long _quiet = time.Timestamp(quiet);
    private long _last = long.MinValue;

    public bool TryEnter()
    {
        var now = _time.GetTimestamp();
        var last = Volatile.Read(ref _last);
        return (last == long.MinValue || now - last >= _quiet) && Interlocked.CompareExchange(ref _last, now, last) == last;
    }
}
