namespace RedisBackplane.Timing;

/// <summary>The source of random numbers for delays: from 0 to below 1, on any thread.</summary>
internal static class Jitter
{
#if NET
    public static readonly Func<double> Default = Random.Shared.NextDouble;
#else
    // Random is not thread-safe before .NET 6.
    private static readonly Random Shared = new();

    public static readonly Func<double> Default = () =>
    {
        lock (Shared)
        {
            return Shared.NextDouble();
        }
    };
#endif

    /// <summary>The source of random numbers that belongs to a clock.</summary>
    public static Func<double> Of(TimeProvider time) => time is ISimulatedTime simulation ? simulation.NextJitter : Default;
}
