using System.Collections.Concurrent;

namespace RedisBackplane.Simulation.Redis;

/// <summary>The number of events, by name, over a run or many runs.</summary>
internal sealed class RunStatistics
{
    // Created once: a run counts thousands of them.
    private static readonly ConcurrentDictionary<(string Name, long Outcome), string> Outcomes = new();

    private readonly Dictionary<string, long> _counts = [];

    public IReadOnlyDictionary<string, long> Counts => _counts;

    /// <summary>For each event, the most log entries that one server wrote in one burst.</summary>
    public SortedDictionary<int, int> MostLines { get; } = [];

    /// <summary>Reads of the history to which Redis answered with bytes.</summary>
    public long Reads { get; private set; }

    /// <summary>Batches that Redis has stored.</summary>
    public long Stored { get; private set; }

    /// <summary>Calls that tried to store a batch.</summary>
    public long PublishCalls { get; private set; }

    /// <summary>Payloads that Redis sent to servers that are alive and reachable.</summary>
    public long Pushes { get; private set; }

    public void Pushed() => Pushes++;

    public void Count(string name, long by = 1)
    {
        if (by > 0)
        {
            _counts[name] = _counts.GetValueOrDefault(name) + by;
        }
    }

    public void Script(string name, long outcome)
    {
        Count(Outcomes.GetOrAdd((name, outcome), static key => $"script {key.Name}: {key.Outcome}"));
        Stored += name == "publish" && outcome == 1 ? 1 : 0;
    }

    public void ScriptRefused(string name) => Count($"script {name}: refused");

    public void Published() => PublishCalls++;

    public void Read(int bytes)
    {
        if (bytes > 0)
        {
            Reads++;
        }
    }

    public void Logged(int eventId, int lines) => MostLines[eventId] = Math.Max(lines, MostLines.GetValueOrDefault(eventId));

    public void Add(RunStatistics other)
    {
        foreach (var (eventId, lines) in other.MostLines)
        {
            Logged(eventId, lines);
        }

        foreach (var (name, count) in other._counts)
        {
            Count(name, count);
        }
    }
}
