using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace RedisBackplane.IntegrationTests.Servers;

/// <summary>Keeps every line a server logs, exceptions written out. Thread-safe.</summary>
public sealed class CollectingLoggerFactory : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<(EventId Event, LogLevel Level, string Text)> _lines = new();

    public IReadOnlyCollection<(EventId Event, LogLevel Level, string Text)> Lines => _lines;

    public ILogger CreateLogger(string categoryName) => this;

    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue((eventId, logLevel, formatter(state, exception) + (exception is null ? string.Empty : " " + exception)));

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("Lines are only kept.");

    public void Dispose()
    {
        // The lines are still read after the server is gone.
    }

    public override string ToString() =>
        string.Join(Environment.NewLine, _lines.Select(line => $"{line.Level} {line.Event.Id} {line.Text}"));
}
