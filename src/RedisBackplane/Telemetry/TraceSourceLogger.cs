using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace RedisBackplane.Telemetry;

/// <summary>
/// Writes log messages of the bus to the application's logger. A message that no logger takes goes to SignalR's trace
/// source, so that none appears twice if both write to one console. Both are code of the application and may throw. An
/// exception is reported once to the other one, and never reaches the bus.
/// </summary>
internal sealed class TraceSourceLogger(string appName, TraceSource trace, ILogger? next) : ILogger
{
    private readonly string _appName = appName;
    private readonly TraceSource _trace = trace;
    private readonly ILogger? _next = next;
    private int _hasFailed;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => _next?.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) =>
        logLevel != LogLevel.None && (_trace.Switch.ShouldTrace(EventType(logLevel)) || NextWants(logLevel));

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

        try
        {
            var type = EventType(logLevel);
            if (_trace.Switch.ShouldTrace(type))
            {
                var text = formatter(state, exception);
                _trace.TraceEvent(type, eventId.Id, exception is null ? text : text + " " + exception);
            }
        }
        catch (Exception failure)
        {
            OnFailed(failure);
        }
    }

    private bool NextWants(LogLevel level)
    {
        try
        {
            return _next?.IsEnabled(level) == true;
        }
        catch (Exception failure)
        {
            OnFailed(failure);
            return false;
        }
    }

    // From now on each line goes to both. The one that has failed may fail again, which is not logged.
    private void OnFailed(Exception failure)
    {
        if (Interlocked.Exchange(ref _hasFailed, 1) == 0)
        {
            TelemetryLog.LoggerFailed(this, failure, _appName);
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
