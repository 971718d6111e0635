using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace RedisBackplane.Tests.Fakes;

/// <summary>Keeps what was logged. Thread-safe.</summary>
internal sealed class RecordedLogger : ILogger, ILoggerFactory
{
    private readonly ConcurrentQueue<LogLine> _lines = new();

    public LogLevel Least { get; set; } = LogLevel.Trace;

    public string? Category { get; private set; }

    public bool IsDisposed { get; private set; }

    /// <summary>The event that the logger fails on, as one of an application may.</summary>
    public int? ThrowsOn { get; set; }

    public IReadOnlyCollection<LogLine> Lines => _lines;

    public IEnumerable<LogLine> Of(int eventId) => _lines.Where(line => line.Event == eventId);

    public ILogger CreateLogger(string categoryName)
    {
        Category = categoryName;
        return this;
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= Least && logLevel != LogLevel.None;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        _lines.Enqueue(new LogLine(logLevel, eventId.Id, formatter(state, exception), exception));
        if (eventId.Id == ThrowsOn)
        {
            throw new InvalidOperationException("The logger is broken.");
        }
    }

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("Lines are only kept.");

    public void Dispose() => IsDisposed = true;
}

internal sealed record LogLine(LogLevel Level, int Event, string Text, Exception? Exception);
