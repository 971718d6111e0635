using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.AspNet.SignalR.Tracing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace RedisBackplane.AspNetCore.Services;

/// <summary>
/// SignalR's trace sources, writing to loggers of the same names (<c>SignalR.*</c>). The switch lets through what at least one of the
/// loggers wants: an open switch would make every trace take .NET's global trace lock. It follows the logging filters as they change.
/// </summary>
internal sealed class LoggedTraces : ITraceManager, IDisposable
{
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, Lazy<TraceSource>> _sources = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<ILogger> _loggers = [];
    private readonly ILoggerFactory _factory;
    private readonly IDisposable? _changes;

    public LoggedTraces(ILoggerFactory factory, IOptionsMonitor<LoggerFilterOptions> filters)
    {
        _factory = factory;
        Switch = new SourceSwitch("SignalR") { Level = SourceLevels.Off };
        _changes = filters.OnChange((_, _) => SetSwitch());
    }

    public SourceSwitch Switch { get; }

    public TraceSource this[string name] => _sources.GetOrAdd(name, key => new Lazy<TraceSource>(() => Create(key))).Value;

    public void Dispose() => _changes?.Dispose();

    private TraceSource Create(string name)
    {
        var logger = _factory.CreateLogger(name);
        var source = new TraceSource(name) { Switch = Switch };
        source.Listeners.Clear();
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
            Switch.Level = _loggers.Select(LevelOf).DefaultIfEmpty(SourceLevels.Off).Max();
        }
    }

    // From the most to the least talkative: the values of SourceLevels grow with what they let through.
    private static SourceLevels LevelOf(ILogger logger) =>
        logger.IsEnabled(LogLevel.Debug) ? SourceLevels.Verbose
        : logger.IsEnabled(LogLevel.Information) ? SourceLevels.Information
        : logger.IsEnabled(LogLevel.Warning) ? SourceLevels.Warning
        : logger.IsEnabled(LogLevel.Error) ? SourceLevels.Error
        : logger.IsEnabled(LogLevel.Critical) ? SourceLevels.Critical
        : SourceLevels.Off;
}
