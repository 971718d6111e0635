using System.Diagnostics;

namespace RedisBackplane.Telemetry;

/// <summary>
/// A trace source, whose switch and listeners are the application's: what they throw goes to
/// <paramref name="onFailed"/> and no farther. Thread-safe.
/// </summary>
/// <param name="source">The trace source.</param>
/// <param name="onFailed">Told of every failure.</param>
internal sealed class GuardedTrace(TraceSource source, Action<Exception> onFailed)
{
    private readonly TraceSource _source = source;
    private readonly Action<Exception> _onFailed = onFailed;

    public bool Wants(TraceEventType type)
    {
        try
        {
            return _source.Switch.ShouldTrace(type);
        }
        catch (Exception failure)
        {
            _onFailed(failure);
            return false;
        }
    }

    /// <summary>Writes a text as it is, whatever braces it has.</summary>
    /// <param name="text">Makes the text, of which an exception of the application's may be a part.</param>
    public void Write(TraceEventType type, int id, Func<string> text)
    {
        try
        {
            _source.TraceEvent(type, id, text());
        }
        catch (Exception failure)
        {
            _onFailed(failure);
        }
    }
}
