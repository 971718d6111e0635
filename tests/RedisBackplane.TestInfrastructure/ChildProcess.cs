using System.Diagnostics;

namespace RedisBackplane.TestInfrastructure;

/// <summary>
/// Starts processes, none at a moment at which a listener closes. Until a new process has become another program it
/// holds a copy of every socket of this one: a port closed meanwhile would go on to take connections, and could not be
/// bound again.
/// </summary>
public static class ChildProcess
{
    private static readonly object Lock = new();

    /// <summary>Starts a process; when this returns, it is the other program.</summary>
    public static Process Start(ProcessStartInfo start)
    {
        lock (Lock)
        {
            return Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start.");
        }
    }

    /// <summary>Closes a listener, or binds and closes one, while no process starts.</summary>
    public static T WhileNoneStarts<T>(Func<T> close)
    {
        lock (Lock)
        {
            return close();
        }
    }

    /// <inheritdoc cref="WhileNoneStarts{T}(Func{T})"/>
    public static void WhileNoneStarts(Action close)
    {
        lock (Lock)
        {
            close();
        }
    }
}
