#if NET

namespace RedisBackplane.Tests.Fakes;

/// <summary>Measures what code allocates on the thread that runs it.</summary>
internal static class Allocations
{
    private const int Rounds = 5;

    /// <summary>
    /// The bytes of the cheapest of several rounds, after one that is not measured. A garbage collection or the runtime
    /// adds bytes to some rounds; the code itself allocates in each of them.
    /// </summary>
    public static long Of(Action round)
    {
        round();
        return Enumerable.Range(0, Rounds).Select(_ => Measure(round)).Min();
    }

    private static long Measure(Action round)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        round();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
#endif
