using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using RedisBackplane.Simulation.Redis;
using RedisBackplane.Simulation.World;

namespace RedisBackplane.Simulation.Farm;

/// <summary>The log of one server: counted by event, and written to the timeline if there is one.</summary>
internal sealed class FarmLogger(string server, Schedule schedule, Timeline timeline, RunStatistics statistics) : ILogger
{
    private static readonly ConcurrentDictionary<int, string> Names = new();

    private readonly Dictionary<int, Burst> _bursts = [];

    /// <summary>For each event, the most entries within <see cref="LengthOfABurst"/>.</summary>
    public IEnumerable<(int EventId, int Lines)> Bursts => _bursts.Select(static pair => (pair.Key, pair.Value.Most));

    public static TimeSpan LengthOfABurst { get; } = TimeSpan.FromSeconds(10);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        Count(eventId.Id);
        statistics.Count(Names.GetOrAdd(eventId.Id, static (id, name) => $"log {id} {name}", eventId.Name));
        timeline.Note(Happening.Logged, eventId.Id);
        if (timeline.IsKept)
        {
            timeline.Write(server, $"logs {eventId.Id}: {formatter(state, exception)}{(exception is null ? "" : " " + exception.Message)}");
        }
    }

    private void Count(int eventId)
    {
        if (!_bursts.TryGetValue(eventId, out var burst))
        {
            _bursts[eventId] = burst = new Burst();
        }

        burst.Add(schedule.Now);
    }

    // The times of the last entries of one event.
    private sealed class Burst
    {
        private readonly Queue<long> _times = new();

        public int Most { get; private set; }

        public void Add(long now)
        {
            _times.Enqueue(now);
            while (now - _times.Peek() >= LengthOfABurst.Ticks)
            {
                _times.Dequeue();
            }

            Most = Math.Max(Most, _times.Count);
        }
    }
}
