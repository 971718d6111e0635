using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace RedisBackplane.TestInfrastructure;

/// <summary>Keeps log lines, even after the logger's user has ended. Thread-safe.</summary>
public sealed class RecordedLogger : ILogger, ILoggerFactory
{
    private static readonly Stopwatch Clock = Stopwatch.StartNew();

    private readonly ConcurrentQueue<LogLine> _lines = new();

    public LogLevel Least { get; set; } = LogLevel.Trace;

    /// <summary>The number of lines to keep. The oldest are removed first.</summary>
    public int MaxLines { get; init; } = int.MaxValue;

    /// <summary>The event on which the logger fails, as an application's logger may.</summary>
    public int? ThrowsOn { get; set; }

    /// <summary>The category that was requested last.</summary>
    public string? Category { get; private set; }

    public bool IsDisposed { get; private set; }

    /// <summary>The lines, oldest first.</summary>
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
        _lines.Enqueue(new LogLine(Clock.Elapsed, logLevel, eventId.Id, formatter(state, exception), exception));
        while (_lines.Count > MaxLines)
        {
            _ = _lines.TryDequeue(out _);
        }

        if (eventId.Id == ThrowsOn)
        {
            throw new InvalidOperationException("The logger is broken.");
        }
    }

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("Lines are only kept.");

    public void Dispose() => IsDisposed = true;

    /// <summary>All lines, exceptions written out.</summary>
    public override string ToString() => string.Join(Environment.NewLine, _lines);

    /// <summary>All lines, exceptions by their message.</summary>
    public string Summarize() => string.Join(Environment.NewLine, _lines.Select(line => line.Summary));
}

/// <summary>One line of a log.</summary>
/// <param name="At">When, since the process asked for the first logger.</param>
public sealed record LogLine(TimeSpan At, LogLevel Level, int Event, string Text, Exception? Exception)
{
    /// <summary>The line with the message of the exception.</summary>
    public string Summary => $"{Head} {Exception?.GetType().Name} {Exception?.Message.Split('\n')[0]}".TrimEnd();

    private string Head => string.Format(CultureInfo.InvariantCulture, "{0:0.000} {1} {2} {3}", At.TotalSeconds, Level, Event, Text);

    /// <summary>The line with all of the exception.</summary>
    public override string ToString() => $"{Head} {Exception}".TrimEnd();
}
