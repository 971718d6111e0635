using System.Collections.Concurrent;
using System.Threading.Channels;

namespace RedisBackplane.AspNetCore.Tests.Hosting;

internal sealed record LogEntry(string Category, LogLevel Level, string Message, Exception? Exception);

/// <summary>What a host logged.</summary>
internal sealed class CapturedLogs
{
    private readonly Channel<LogEntry> _entries = Channel.CreateUnbounded<LogEntry>();

    public CapturedLogs() => Provider = new CapturingProvider(_entries.Writer);

    public ILoggerProvider Provider { get; }

    /// <summary>The next entry of this kind; fails if it does not arrive in time. Other entries are skipped.</summary>
    public async Task<LogEntry> NextAsync(Func<LogEntry, bool> kind)
    {
        using var timeout = new CancellationTokenSource(Wait.Limit);
        while (true)
        {
            var entry = await _entries.Reader.ReadAsync(timeout.Token);
            if (kind(entry))
            {
                return entry;
            }
        }
    }

    /// <summary>All that was logged and not read yet.</summary>
    public IReadOnlyList<LogEntry> Rest()
    {
        var rest = new List<LogEntry>();
        while (_entries.Reader.TryRead(out var entry))
        {
            rest.Add(entry);
        }

        return rest;
    }

    private sealed class CapturingProvider(ChannelWriter<LogEntry> entries) : ILoggerProvider
    {
        private readonly ConcurrentDictionary<string, ILogger> _loggers = new();

        public ILogger CreateLogger(string categoryName) => _loggers.GetOrAdd(categoryName, name => new CapturingLogger(name, entries));

        public void Dispose()
        {
        }
    }

    private sealed class CapturingLogger(string category, ChannelWriter<LogEntry> entries) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            entries.TryWrite(new LogEntry(category, logLevel, formatter(state, exception), exception));
    }
}
