namespace RedisBackplane.Timing;

/// <summary>
/// The delay before the next attempt: it doubles each time, with jitter, so that the servers of a farm do not retry in
/// step.
/// </summary>
internal sealed class Backoff(TimeSpan first, TimeSpan longest, Func<double> jitter)
{
    private readonly TimeSpan _first = first;
    private readonly TimeSpan _longest = longest;
    private readonly Func<double> _jitter = jitter;
    private int _attempts;

    public void Reset() => _attempts = 0;

    public TimeSpan Next()
    {
        var doublings = Math.Min(_attempts++, 16);
        var ticks = Math.Min(_first.Ticks << doublings, _longest.Ticks);
        return TimeSpan.FromTicks((long)(ticks * (0.75 + (_jitter() / 2))));
    }
}
