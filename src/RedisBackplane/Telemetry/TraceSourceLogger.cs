using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace RedisBackplane.Telemetry;

/// <summary>Writes what the bus logs to SignalR's trace source, and to a second logger where there is one.</summary>
internal sealed class TraceSourceLogger : ILogger
{
    private readonly TraceSource _trace;
    private readonly ILogger? _next;

    public TraceSourceLogger(TraceSource trace, ILogger? next)
    {
        _trace = trace;
        _next = next;
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => _next?.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) =>
        logLevel != LogLevel.None && (_trace.Switch.ShouldTrace(EventType(logLevel)) || _next?.IsEnabled(logLevel) == true);

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (_next?.IsEnabled(logLevel) == true)
        {
            _next.Log(logLevel, eventId, state, exception, formatter);
        }

        var type = EventType(logLevel);
        if (_trace.Switch.ShouldTrace(type))
        {
            var text = formatter(state, exception);
            _trace.TraceEvent(type, eventId.Id, exception is null ? text : text + " " + exception);
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
