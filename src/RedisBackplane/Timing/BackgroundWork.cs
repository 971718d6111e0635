namespace RedisBackplane.Timing;

/// <summary>
/// Work that must not run on the caller's thread, because the caller may hold a lock. It runs on the thread pool, or
/// when a simulated clock says so.
/// </summary>
internal static class BackgroundWork
{
    /// <summary>Queues work that does not throw.</summary>
    public static void Queue(this TimeProvider time, Action work)
    {
        if (time is ISimulatedTime simulation)
        {
            simulation.Queue(work);
            return;
        }

        ThreadPool.UnsafeQueueUserWorkItem(static state => ((Action)state!)(), work);
    }

    /// <summary>Begins asynchronous work whose task does not fail.</summary>
    public static void Run(this TimeProvider time, Func<Task> work) => time.Queue(() => _ = work());
}
