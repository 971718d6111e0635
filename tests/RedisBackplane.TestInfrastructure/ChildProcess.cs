namespace RedisBackplane.TestInfrastructure;

/// <summary>
/// Starts processes, but never while a listener closes. Until a new process has become another program, it holds a copy
/// of every socket of this one. A port that was closed in the meantime would continue to accept connections, and could
/// not be bound again.
/// </summary>
public static class ChildProcess
{
    private static readonly object Lock = new();

    /// <summary>Starts a process. When this returns, the process is the other program.</summary>
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
