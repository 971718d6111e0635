namespace RedisBackplane.Simulation.World;

/// <summary>The random numbers of a run: from one seed, the same on every machine and framework.</summary>
internal sealed class Chance(ulong seed)
{
    private ulong _state = seed;

    /// <summary>Returns another source. Its numbers do not depend on how many are taken from this one.</summary>
    public Chance Fork(ulong purpose) => new(Mix(_state ^ Mix(purpose)));

    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        return Mix(_state);
    }

    /// <summary>A number from 0 to below 1.</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A number from the first to the second, both included.</summary>
    public long Between(long least, long most) => least + (long)(Next() % (ulong)(most - least + 1));

    /// <inheritdoc cref="Between(long, long)"/>
    public int Between(int least, int most) => (int)Between((long)least, most);

    public TimeSpan Between(TimeSpan least, TimeSpan most) => TimeSpan.FromTicks(Between(least.Ticks, most.Ticks));

    public bool Is(double probability) => NextDouble() < probability;

    public T Of<T>(IReadOnlyList<T> choices) => choices[Between(0, choices.Count - 1)];

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
