namespace RedisBackplane.Timing;

/// <summary>
/// The delay before the next attempt: it doubles each time, with jitter, so that the servers of a farm do not retry in
/// step.
/// </summary>
internal sealed class Backoff(TimeSpan first, TimeSpan longest, Func<double> jitter)
{
    private int _attempts;

    public void Reset() => _attempts = 0;

    public TimeSpan Next()
    {
        var doublings = Math.Min(_attempts++, 16);
        var ticks = Math.Min(first.Ticks << doublings, longest.Ticks);
        return TimeSpan.FromTicks((long)(ticks * (0.75 + (jitter() / 2))));
    }
}
