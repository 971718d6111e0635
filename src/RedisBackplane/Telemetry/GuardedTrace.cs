using System.Diagnostics;

namespace RedisBackplane.Telemetry;

/// <summary>
/// A trace source whose switch and listeners are the application's. Exceptions of theirs go to
/// <paramref name="onFailed"/> and no further. Thread-safe.
/// </summary>
internal sealed class GuardedTrace(TraceSource source, Action<Exception> onFailed)
{
    public bool Wants(TraceEventType type)
    {
        try
        {
            return source.Switch.ShouldTrace(type);
        }
        catch (Exception failure)
        {
            onFailed(failure);
            return false;
        }
    }

    /// <summary>Writes a text without formatting it, so it may contain braces.</summary>
    /// <param name="text">Creates the text. It may contain the text of an exception of the application.</param>
    public void Write(TraceEventType type, int id, Func<string> text)
    {
        try
        {
            source.TraceEvent(type, id, text());
        }
        catch (Exception failure)
        {
            onFailed(failure);
        }
    }
}
