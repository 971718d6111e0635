using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.AspNet.SignalR.Tracing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace RedisBackplane.AspNetCore.Services;

/// <summary>
/// SignalR's trace sources, writing to loggers of the same names (<c>SignalR.*</c>). The switch passes the events that
/// at least one of the loggers wants; an open switch would make every trace take .NET's global trace lock. It follows
/// changes of the logging filters. If the application has configured SignalR's own traces (a level, listeners), they
/// continue to work.
/// </summary>
internal sealed class LoggedTraces : ITraceManager, IDisposable
{
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, Lazy<TraceSource>> _sources = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<ILogger> _loggers = [];
    private readonly ILoggerFactory _factory;
    private readonly ITraceManager _stock;
    private readonly IDisposable? _changes;
    private SourceLevels _ours;
    private SourceLevels _application;

    /// <param name="stock">SignalR's own traces, if the application may have configured them.</param>
    public LoggedTraces(ILoggerFactory factory, IOptionsMonitor<LoggerFilterOptions> filters, ITraceManager? stock = null)
    {
        _factory = factory;
        _stock = stock ?? new TraceManager();
        _ours = _application = Switch.Level;
        _changes = filters.OnChange((_, _) => SetSwitch());
    }

    public SourceSwitch Switch => _stock.Switch;

    // SignalR looks up seven sources for each connection, so a known one is found without a new function.
    public TraceSource this[string name] => (_sources.TryGetValue(name, out var known) ? known : Add(name)).Value;

    public void Dispose() => _changes?.Dispose();

    private Lazy<TraceSource> Add(string name) => _sources.GetOrAdd(name, key => new Lazy<TraceSource>(() => Create(key)));

    private TraceSource Create(string name)
    {
        var logger = new GuardedLogger(_factory.CreateLogger(name));
        var source = _stock[name];
        // It would write to the debugger what the logger writes anyway.
        source.Listeners.Remove("Default");
        source.Listeners.Add(new LoggerTraceListener(logger));
        lock (_gate)
        {
            _loggers.Add(logger);
        }

        SetSwitch();
        return source;
    }

    private void SetSwitch()
    {
        lock (_gate)
        {
            if (Switch.Level != _ours)
            {
                // The application has set it in the meantime.
                _application = Switch.Level;
            }

            // Compared as unsigned numbers, because All is -1.
            _ours = (SourceLevels)_loggers.Select(LevelOf).Append(_application).Max(level => (uint)level);
            Switch.Level = _ours;
        }
    }

    // From the most verbose level to the least: the values of SourceLevels grow with the events that they pass.
    private static SourceLevels LevelOf(ILogger logger) =>
        logger.IsEnabled(LogLevel.Debug) ? SourceLevels.Verbose
        : logger.IsEnabled(LogLevel.Information) ? SourceLevels.Information
        : logger.IsEnabled(LogLevel.Warning) ? SourceLevels.Warning
        : logger.IsEnabled(LogLevel.Error) ? SourceLevels.Error
        : logger.IsEnabled(LogLevel.Critical) ? SourceLevels.Critical
        : SourceLevels.Off;
}
