namespace RedisBackplane.Telemetry;

/// <summary>
/// Makes the instruments and sources of the process. .NET asks the application's listeners about each of them while it
/// is made; one that throws must not end the type that makes them, and with it every bus. Thread-safe.
/// </summary>
internal sealed class ListenerGuard
{
    /// <summary>Guards what the process has once.</summary>
    public static readonly ListenerGuard OfProcess = new();

    private Exception? _failure;

    /// <summary>What a listener threw first, before there was a bus that could log it.</summary>
    public Exception? Failure => Volatile.Read(ref _failure);

    /// <summary>Makes something, or notes what a listener threw.</summary>
    /// <returns>What was made; null if a listener threw: then nobody measures with it.</returns>
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
