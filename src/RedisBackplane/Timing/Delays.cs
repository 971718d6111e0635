namespace RedisBackplane.Timing;

/// <summary>Waits on an injected clock, on both frameworks.</summary>
internal static class Delays
{
    /// <summary>Waits for a time, or until it is cancelled. Does not throw in either case.</summary>
    public static async Task Wait(this TimeProvider time, TimeSpan delay, CancellationToken cancellationToken)
    {
        // The caller that cancels may hold a lock.
        var done = new TaskCompletionSource<object?>();
        void Finish() => time.Queue(() => done.TrySetResult(null));
        using var timer = time.CreateTimer(_ => Finish(), null, delay, Timeout.InfiniteTimeSpan);
        using var registration = cancellationToken.Register(Finish);
        await done.Task.ConfigureAwait(false);
    }
}
