namespace RedisBackplane.Timing;

/// <summary>
/// How long to wait before the next attempt: doubling, with jitter, so that the servers of a farm do not come back in step.
/// </summary>
internal sealed class Backoff
{
    private readonly TimeSpan _first;
    private readonly TimeSpan _longest;
    private readonly Func<double> _jitter;
    private int _attempts;

    public Backoff(TimeSpan first, TimeSpan longest, Func<double> jitter)
    {
        _first = first;
        _longest = longest;
        _jitter = jitter;
    }

    public void Reset() => _attempts = 0;

    public TimeSpan Next()
    {
        var doublings = Math.Min(_attempts++, 16);
        var ticks = Math.Min(_first.Ticks << doublings, _longest.Ticks);
        return TimeSpan.FromTicks((long)(ticks * (0.75 + (_jitter() / 2))));
    }
}
