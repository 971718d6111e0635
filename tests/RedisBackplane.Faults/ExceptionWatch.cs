using System.Collections.Concurrent;

namespace RedisBackplane.Faults;

/// <summary>
/// Collects what nobody observed: exceptions of tasks that were dropped, and those that would end the process. One for the process.
/// </summary>
public static class ExceptionWatch
{
    private static readonly ConcurrentQueue<string> Seen = new();

    static ExceptionWatch()
    {
        TaskScheduler.UnobservedTaskException += (_, e) => Seen.Enqueue("unobserved: " + e.Exception.Flatten().InnerExceptions[0]);
        AppDomain.CurrentDomain.UnhandledException += (_, e) => Seen.Enqueue("unhandled: " + e.ExceptionObject);
    }

    /// <summary>Begins to watch, and forgets what came before.</summary>
    public static void Begin() => _ = Take();

    /// <summary>What came since <see cref="Begin"/>. Dropped tasks show only when they are collected, so that it collects first.</summary>
    public static IReadOnlyList<string> Take()
    {
        // The finalizers of the first collection let go of tasks for the second.
        for (var i = 0; i < 2; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        var taken = new List<string>();
        while (Seen.TryDequeue(out var text))
        {
            taken.Add(text);
        }

        return taken;
    }
}
