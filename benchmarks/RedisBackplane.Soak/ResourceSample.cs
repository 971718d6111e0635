using System.Diagnostics;
using System.Globalization;

namespace RedisBackplane.Soak;

/// <summary>What this process holds, after a collection.</summary>
internal sealed record ResourceSample(long HeapBytes, long WorkingSetBytes, int Threads, int Handles)
{
    public static ResourceSample Take()
    {
        for (var i = 0; i < 2; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        using var process = Process.GetCurrentProcess();
        return new ResourceSample(
            GC.GetTotalMemory(forceFullCollection: true), process.WorkingSet64, process.Threads.Count, CountHandles(process));
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"heap {HeapBytes / 1048576.0:0.0} MB, working set {WorkingSetBytes / 1048576.0:0} MB, {Threads} threads, {Handles} open handles");

    private static int CountHandles(Process process) =>
        Directory.Exists("/proc/self/fd") ? Directory.GetFileSystemEntries("/proc/self/fd").Length : process.HandleCount;
}
