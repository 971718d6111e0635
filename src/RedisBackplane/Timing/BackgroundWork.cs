namespace RedisBackplane.Timing;

/// <summary>
/// Work that must not run on the caller's thread, because the caller may hold a lock. It runs on the thread pool, or
/// when a simulated clock says so.
/// </summary>
internal static class BackgroundWork
{
    /// <summary>
    /// Queues work. Exceptions of the work are dropped: in a plain work item of the thread pool they would end the
    /// process.
    /// </summary>
    public static void Queue(this TimeProvider time, Action work)
    {
        if (time is ISimulatedTime simulation)
        {
            simulation.Queue(work);
            return;
        }

        _ = Task.Run(work);
    }

    /// <summary>Calls code of the application, which may block before it returns a task.</summary>
    /// <returns>Its result; null if it returns no task.</returns>
    public static Task<T?> Ask<T>(this TimeProvider time, Func<Task<T>?> question)
        where T : class
    {
        return time is ISimulatedTime ? AskAsync() : Task.Run(AskAsync);

        async Task<T?> AskAsync() => question() is { } answer ? await answer.ConfigureAwait(false) : null;
    }

    /// <summary>Starts asynchronous work whose task does not fail.</summary>
    public static void Run(this TimeProvider time, Func<Task> work) => time.Queue(() => _ = work());
}
