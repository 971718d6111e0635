namespace RedisBackplane.Timing;

/// <summary>
/// Passes on a signal that may be raised very often: the first ones of a burst at once, and the rest as one, later.
/// Thread-safe.
/// </summary>
/// <param name="quiet">
/// The time after the first one of a burst, after which a new burst begins. The rest is delayed by it.
/// </param>
/// <param name="atOnce">How many of each burst are passed on at once.</param>
/// <param name="pass">Receives the signal, on the thread that raises it or on one of the pool.</param>
/// <param name="stopping">Afterwards, nothing is passed on later.</param>
internal sealed class BurstSignal(TimeSpan quiet, int atOnce, TimeProvider time, Action pass, CancellationToken stopping)
{
    private readonly BurstLimiter _limiter = new(quiet, time, atOnce);
    private int _isWaiting;

    public void Raise()
    {
        if (_limiter.TryEnter())
        {
            pass();
        }
        else if (Interlocked.Exchange(ref _isWaiting, 1) == 0)
        {
            time.Run(PassLater);
        }
    }

    private async Task PassLater()
    {
        await time.Wait(quiet, stopping).ConfigureAwait(false);
        Volatile.Write(ref _isWaiting, 0);
        if (!stopping.IsCancellationRequested)
        {
            pass();
        }
    }
}
