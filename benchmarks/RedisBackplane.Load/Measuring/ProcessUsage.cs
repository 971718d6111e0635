using RedisBackplane.Load.Nodes;

namespace RedisBackplane.Load.Measuring;

/// <summary>What this process uses in a round.</summary>
internal sealed class ProcessUsage
{
    private TimeSpan _cpu;
    private long _allocated;
    private int _collections;

    public void Begin()
    {
        // Each round begins with the same heap.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        _collections = GC.CollectionCount(0);
        _allocated = GC.GetTotalAllocatedBytes(precise: true);
        _cpu = Environment.CpuUsage.TotalTime;
    }

    public UsageReport End() => new(
        (Environment.CpuUsage.TotalTime - _cpu).TotalMicroseconds,
        GC.GetTotalAllocatedBytes(precise: true) - _allocated,
        GC.CollectionCount(0) - _collections);
}
