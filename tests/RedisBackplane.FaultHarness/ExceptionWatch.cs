namespace RedisBackplane.FaultHarness;

/// <summary>
/// Collects unobserved exceptions: those of dropped tasks, and those that would end the process. There is one for the
/// process, so each of several simultaneous runs also reports what another one dropped.
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
    /// <returns>The number for <see cref="Since"/>.</returns>
    public static int Begin()
    {
        // Tasks that were dropped before do not count.
        Collect();
        lock (Lock)
        {
            return Seen.Count;
        }
    }

    /// <summary>The exceptions since then.</summary>
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

    // The exceptions of dropped tasks appear only when the tasks are collected. The finalizers of the first collection
    // release tasks for the second one.
    private static void Collect()
    {
        for (var i = 0; i < 2; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }
}
