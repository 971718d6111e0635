using Microsoft.Extensions.Logging;

namespace RedisBackplane.Tests.Fakes;

/// <summary>A logger of the application. Every call throws while the test wants it to. Thread-safe.</summary>
internal sealed class BrokenLogger(Func<bool> throws) : ILogger, ILoggerFactory
{
    private int _thrown;

    public int Thrown => Volatile.Read(ref _thrown);

    public ILogger CreateLogger(string categoryName)
    {
        MayThrow();
        return this;
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
    {
        MayThrow();
        return null;
    }

    public bool IsEnabled(LogLevel logLevel)
    {
        MayThrow();
        return logLevel != LogLevel.None;
    }

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => MayThrow();

    public void AddProvider(ILoggerProvider provider) => MayThrow();

    public void Dispose()
    {
        // It holds nothing.
    }

    private void MayThrow()
    {
        if (throws())
        {
            Interlocked.Increment(ref _thrown);
            throw new InvalidOperationException("The logger is broken.");
        }
    }
}
