namespace RedisBackplane.Simulation.Redis;

/// <summary>What occurred, by name, counted over a run or many.</summary>
internal sealed class RunStatistics
{
    private readonly Dictionary<string, long> _counts = [];

    public IReadOnlyDictionary<string, long> Counts => _counts;

    /// <summary>Answers of Redis to reads of the history that brought bytes.</summary>
    public long Reads { get; private set; }

    public void Count(string name, long by = 1)
    {
        if (by > 0)
        {
            _counts[name] = _counts.GetValueOrDefault(name) + by;
        }
    }

    public void Script(string name, string outcome) => Count($"script {name}: {outcome}");

    public void Read(int bytes)
    {
        if (bytes > 0)
        {
            Reads++;
        }
    }

    public void Add(RunStatistics other)
    {
        foreach (var (name, count) in other._counts)
        {
            Count(name, count);
        }
    }
}
