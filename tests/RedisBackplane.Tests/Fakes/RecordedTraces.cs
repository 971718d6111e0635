using System.Collections.Concurrent;
using System.Diagnostics;

namespace RedisBackplane.Tests.Fakes;

/// <summary>Keeps what was traced. Thread-safe.</summary>
internal sealed class RecordedTraces : TraceListener
{
    private readonly ConcurrentQueue<(TraceEventType Type, int Id, string Text)> _events = new();

    public IReadOnlyList<(TraceEventType Type, int Id, string Text)> Events => [.. _events];

    public TraceSource Source(SourceLevels levels)
    {
        var source = new TraceSource("test", levels);
        source.Listeners.Clear();
        source.Listeners.Add(this);
        return source;
    }

    public override void TraceEvent(TraceEventCache? eventCache, string source, TraceEventType eventType, int id, string? message) =>
        _events.Enqueue((eventType, id, message ?? string.Empty));

    public override void TraceEvent(
        TraceEventCache? eventCache, string source, TraceEventType eventType, int id, string? format, params object?[]? args) =>
        TraceEvent(eventCache, source, eventType, id, string.Format(null, format ?? string.Empty, args ?? []));

    public override void Write(string? message)
    {
        // Only events are kept.
    }

    public override void WriteLine(string? message)
    {
        // Only events are kept.
    }
}
