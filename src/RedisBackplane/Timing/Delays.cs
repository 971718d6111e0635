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

    /// <summary>
    /// Waits for a task, up to a limit or until it is cancelled. A failure of the task after that is ignored.
    /// </summary>
    public static async Task<bool> EndsWithin(
        this Task task, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken = default)
    {
        if (task.IsCompleted)
        {
            return true;
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var first = await Task.WhenAny(task, time.Wait(limit, over.Token)).ConfigureAwait(false);
        over.Cancel();
        if (first != task)
        {
            task.IgnoreFailure();
        }

        return first == task;
    }

    /// <summary>Marks the exception of a task that nobody awaits as observed.</summary>
    public static void IgnoreFailure(this Task task) => _ = task.ContinueWith(
        static late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
}
