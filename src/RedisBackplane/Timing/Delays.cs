namespace RedisBackplane.Timing;

/// <summary>Waiting by an injected clock, on both frameworks.</summary>
internal static class Delays
{
    /// <summary>Waits for a time or until cancelled, whichever is first; does not throw for either.</summary>
    public static async Task Wait(this TimeProvider time, TimeSpan delay, CancellationToken cancellationToken)
    {
        // Who cancels may hold a lock.
        var done = new TaskCompletionSource<object?>();
        void Finish() => time.Queue(() => done.TrySetResult(null));
        using var timer = time.CreateTimer(_ => Finish(), null, delay, Timeout.InfiniteTimeSpan);
        using var registration = cancellationToken.Register(Finish);
        await done.Task.ConfigureAwait(false);
    }
}
