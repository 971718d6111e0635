namespace RedisBackplane.Telemetry;

/// <summary>
/// Creates the instruments and sources of the process. While .NET creates one, it calls the application's listeners. A
/// listener that throws would otherwise break the type that holds the instruments, and with it every bus. Thread-safe.
/// </summary>
internal sealed class ListenerGuard
{
    /// <summary>Guards the instruments that exist once in a process.</summary>
    public static readonly ListenerGuard OfProcess = new();

    private Exception? _failure;

    /// <summary>The first exception of a listener, kept until there is a bus that can log it.</summary>
    public Exception? Failure => Volatile.Read(ref _failure);

    /// <summary>Creates something, or keeps the exception of a listener.</summary>
    /// <returns>What was created; null if a listener threw. Then nothing is measured with it.</returns>
    public T? Make<T>(Func<T> make)
        where T : class
    {
        try
        {
            return make();
        }
        catch (Exception failure)
        {
            Interlocked.CompareExchange(ref _failure, failure, null);
            return null;
        }
    }
}
