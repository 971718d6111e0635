using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace RedisBackplane.FaultHarness;

/// <summary>Keeps the last lines a server logged, exceptions by their message. Thread-safe.</summary>
public sealed class FaultLog : ILoggerFactory, ILogger
{
    private const int MaxLines = 400;

    private static readonly long Begun = Stopwatch.GetTimestamp();

    private readonly ConcurrentQueue<(int Event, string Text)> _lines = new();

    /// <summary>The lines with their event ids, oldest first.</summary>
    public IReadOnlyCollection<(int Event, string Text)> Lines => _lines;

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => this;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var because = exception is null ? string.Empty : $" [{exception.GetType().Name}: {exception.Message.Split('\n')[0]}]";
        var seconds = Stopwatch.GetElapsedTime(Begun).TotalSeconds;
        _lines.Enqueue((eventId.Id, $"{seconds:0.000} {logLevel} {eventId.Id} {formatter(state, exception)}{because}"));
        while (_lines.Count > MaxLines)
        {
            _lines.TryDequeue(out _);
        }
    }

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("Lines are only kept.");

    /// <inheritdoc/>
    public void Dispose()
    {
        // The lines are still read after the server is gone.
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(Environment.NewLine, _lines.Select(line => line.Text));
}
