namespace RedisBackplane.FaultHarness;

/// <summary>
/// Collects what nobody observed: exceptions of tasks that were dropped, and those that would end the process. One for
/// the process, so that each of several runs at the same time also reports what another one dropped.
/// </summary>
public static class ExceptionWatch
{
    private static readonly object Lock = new();
    private static readonly List<string> Seen = [];

    static ExceptionWatch()
    {
        TaskScheduler.UnobservedTaskException += (_, e) => Add("unobserved: " + e.Exception.Flatten().InnerExceptions[0]);
        AppDomain.CurrentDomain.UnhandledException += (_, e) => Add("unhandled: " + e.ExceptionObject);
    }

    /// <summary>Begins to watch.</summary>
    /// <returns>What <see cref="Since"/> asks for.</returns>
    public static int Begin()
    {
        // What was dropped before does not count.
        Collect();
        lock (Lock)
        {
            return Seen.Count;
        }
    }

    /// <summary>What came since then.</summary>
    /// <param name="beginning">What <see cref="Begin"/> returned.</param>
    public static IReadOnlyList<string> Since(int beginning)
    {
        Collect();
        lock (Lock)
        {
            return [.. Seen.Skip(beginning)];
        }
    }

    private static void Add(string text)
    {
        lock (Lock)
        {
            Seen.Add(text);
        }
    }

    // Dropped tasks show only when they are collected; the finalizers of the first collection release tasks for the
    // second.
    private static void Collect()
    {
        for (var i = 0; i < 2; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }
}
