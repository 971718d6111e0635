using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using RedisBackplane.Simulation.Redis;
using RedisBackplane.Simulation.World;

namespace RedisBackplane.Simulation.Farm;

/// <summary>
/// The log of one server. Entries are counted by event, and are written to the timeline if there is one.
/// </summary>
internal sealed class FarmLogger(string server, Timeline timeline, RunStatistics statistics) : ILogger
{
    private static readonly ConcurrentDictionary<int, string> Names = new();

    private readonly Dictionary<int, int> _counts = [];

    public IReadOnlyDictionary<int, int> Counts => _counts;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        _counts[eventId.Id] = _counts.GetValueOrDefault(eventId.Id) + 1;
        statistics.Count(Names.GetOrAdd(eventId.Id, static (id, name) => $"log {id} {name}", eventId.Name));
        timeline.Note(Happening.Logged, eventId.Id);
        if (timeline.IsKept)
        {
            timeline.Write(server, $"logs {eventId.Id}: {formatter(state, exception)}{(exception is null ? "" : " " + exception.Message)}");
        }
    }
}
