using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using RedisBackplane.AspNetCore.Requests;

namespace RedisBackplane.AspNetCore.Services;

/// <summary>Writes the events of one trace source to its logger.</summary>
internal sealed class LoggerTraceListener(ILogger logger) : TraceListener
{
    public override bool IsThreadSafe => true;

    public override void TraceEvent(TraceEventCache? eventCache, string source, TraceEventType eventType, int id, string? message) =>
        Log(eventType, id, message, args: null);

    public override void TraceEvent(
        TraceEventCache? eventCache, string source, TraceEventType eventType, int id, string? format, params object?[]? args) =>
        Log(eventType, id, format, args);

    public override void TraceData(TraceEventCache? eventCache, string source, TraceEventType eventType, int id, object? data) =>
        Log(eventType, id, data?.ToString(), args: null);

    public override void TraceData(
        TraceEventCache? eventCache, string source, TraceEventType eventType, int id, params object?[]? data) =>
        Log(eventType, id, string.Join(", ", data ?? []), args: null);

    public override void Write(string? message) => Log(TraceEventType.Information, 0, message, args: null);

    public override void WriteLine(string? message) => Write(message);

    private void Log(TraceEventType type, int id, string? format, object?[]? args)
    {
        // SignalR treats a lost client as an error of the transport.
        var isLostClient = type == TraceEventType.Error && args?.OfType<Exception>().Any(LostClient.IsReasonOf) == true;
        var level = isLostClient ? LogLevel.Debug : LevelOf(type);
        if (logger.IsEnabled(level))
        {
            logger.Log(level, new EventId(id), new Trace(format, args), exception: null, static (trace, _) => trace.ToString());
        }
    }

    private static LogLevel LevelOf(TraceEventType type) => type switch
    {
        TraceEventType.Critical => LogLevel.Critical,
        TraceEventType.Error => LogLevel.Error,
        TraceEventType.Warning => LogLevel.Warning,
        TraceEventType.Information => LogLevel.Information,
        _ => LogLevel.Debug,
    };

    /// <summary>
    /// A trace whose text is formatted when a logger needs it. SignalR puts text of clients into formats; an invalid
    /// format is shown as it is.
    /// </summary>
    private readonly record struct Trace(string? Format, object?[]? Args)
    {
        public override string ToString()
        {
            if (Args is not { Length: > 0 })
            {
                return Format ?? string.Empty;
            }

            try
            {
                return string.Format(CultureInfo.InvariantCulture, Format ?? string.Empty, Args);
            }
            catch (FormatException)
            {
                return $"{Format} ({string.Join(", ", Args)})";
            }
        }
    }
}
