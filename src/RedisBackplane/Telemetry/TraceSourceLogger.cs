using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace RedisBackplane.Telemetry;

/// <summary>
/// Writes log messages of the bus to the application's logger. A message that no logger takes goes to SignalR's trace
/// source, so that none appears twice if both write to one console. Both are code of the application and may throw. An
/// exception is reported once to the other one, and never reaches the bus.
/// </summary>
internal sealed class TraceSourceLogger : ILogger
{
    private readonly string _appName;
    private readonly GuardedTrace _trace;
    private readonly ILogger? _next;
    private int _hasFailed;

    public TraceSourceLogger(string appName, TraceSource trace, ILogger? next)
    {
        _appName = appName;
        _trace = new GuardedTrace(trace, OnFailed);
        _next = next;
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => Ask(next => next.BeginScope(state));

    public bool IsEnabled(LogLevel logLevel) =>
        logLevel != LogLevel.None && (_trace.Wants(EventType(logLevel)) || Ask(next => next.IsEnabled(logLevel)));

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        try
        {
            if (_next?.IsEnabled(logLevel) == true)
            {
                _next.Log(logLevel, eventId, state, exception, formatter);
                if (Volatile.Read(ref _hasFailed) == 0)
                {
                    return;
                }
            }
        }
        catch (Exception failure)
        {
            OnFailed(failure);
        }

        var type = EventType(logLevel);
        if (_trace.Wants(type))
        {
            _trace.Write(
                type, eventId.Id, () => exception is null ? formatter(state, null) : formatter(state, exception) + " " + exception);
        }
    }

    /// <summary>
    /// A logger or a trace listener of the application threw. From now on, both get every log entry; the exception of
    /// the one that failed is ignored.
    /// </summary>
    public void OnFailed(Exception failure)
    {
        if (Interlocked.Exchange(ref _hasFailed, 1) == 0)
        {
            TelemetryLog.LoggerFailed(this, failure, _appName);
        }
    }

    private T? Ask<T>(Func<ILogger, T> question)
    {
        try
        {
            return _next is null ? default : question(_next);
        }
        catch (Exception failure)
        {
            OnFailed(failure);
            return default;
        }
    }

    private static TraceEventType EventType(LogLevel level) => level switch
    {
        LogLevel.Critical => TraceEventType.Critical,
        LogLevel.Error => TraceEventType.Error,
        LogLevel.Warning => TraceEventType.Warning,
        LogLevel.Information => TraceEventType.Information,
        _ => TraceEventType.Verbose,
    };
}
