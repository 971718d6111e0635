#if NET
namespace RedisBackplane.Tests.Fakes;

/// <summary>What code allocates on the thread that runs it.</summary>
internal static class Allocations
{
    private const int Rounds = 5;

    /// <summary>
    /// The bytes of the cheapest of some rounds, after one that is not measured: what a collection of garbage or the
    /// runtime adds comes in one round or another, what the code itself allocates in each of them.
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
