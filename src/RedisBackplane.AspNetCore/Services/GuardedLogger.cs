using Microsoft.Extensions.Logging;

namespace RedisBackplane.AspNetCore.Services;

/// <summary>
/// A logger of the application, whose providers may throw (a full disk, a missing right). Such an exception must not
/// end a connection or an event of a hub. The providers that work get every entry, and once the exception of the one
/// that does not. Thread-safe.
/// </summary>
internal class GuardedLogger(ILogger next) : ILogger
{
    private int _hasFailed;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
    {
        try
        {
            return next.BeginScope(state);
        }
        catch (Exception failure)
        {
            OnFailed(failure);
            return null;
        }
    }

    public bool IsEnabled(LogLevel logLevel)
    {
        try
        {
            return next.IsEnabled(logLevel);
        }
        catch (Exception failure)
        {
            // What the others want is not known.
            OnFailed(failure);
            return logLevel is >= LogLevel.Information and not LogLevel.None;
        }
    }

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        try
        {
            next.Log(logLevel, eventId, state, exception, formatter);
        }
        catch (Exception failure)
        {
            OnFailed(failure);
        }
    }

    private void OnFailed(Exception failure)
    {
        // Only once: the report itself fails at the same provider.
        if (Interlocked.Exchange(ref _hasFailed, 1) == 0)
        {
            AspNetCore.Log.LoggerFailed(this, failure);
        }
    }
}

/// <summary>The guarded logger of a type of this package, as a service.</summary>
internal sealed class GuardedLogger<TCategory>(ILoggerFactory factory) : GuardedLogger(factory.CreateLogger<TCategory>());
