namespace RedisBackplane.Timing;

/// <summary>Waiting by an injected clock, on both frameworks.</summary>
internal static class Delays
{
    /// <summary>Waits for a time or until cancelled, whichever is first; does not throw for either.</summary>
    public static async Task Wait(this TimeProvider time, TimeSpan delay, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource<object?>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var timer = time.CreateTimer(_ => done.TrySetResult(null), null, delay, Timeout.InfiniteTimeSpan);
        using var registration = cancellationToken.Register(() => done.TrySetResult(null));
        await done.Task.ConfigureAwait(false);
    }
}
