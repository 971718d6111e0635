using System.Diagnostics;
using Microsoft.AspNet.SignalR.Infrastructure;

namespace RedisBackplane.SignalRMetrics;

/// <summary>
/// A performance counter that may be the application's. It is looked up at every call, because a host replaces its
/// counters when it is initialised. Thread-safe.
/// </summary>
/// <param name="guard">Receives its exceptions.</param>
/// <param name="find">Looks it up.</param>
internal sealed class GuardedCounter(CounterGuard guard, Func<IPerformanceCounterManager, IPerformanceCounter> find)
    : IPerformanceCounter
{
    public string CounterName => Try(static (counter, _) => counter.CounterName) ?? string.Empty;

    public long RawValue
    {
        get => Try(static (counter, _) => counter.RawValue);
        set => Try(static (counter, value) => counter.RawValue = value, value);
    }

    public long Increment() => Try(static (counter, _) => counter.Increment());

    public long IncrementBy(long value) => Try(static (counter, value) => counter.IncrementBy(value), value);

    public long Decrement() => Try(static (counter, _) => counter.Decrement());

    /// <summary>Returns nothing: only Windows has samples, and the bus takes none.</summary>
    public CounterSample NextSample() => default;

    public void Close() => Try(static (counter, _) => End(counter.Close));

    public void RemoveInstance() => Try(static (counter, _) => End(counter.RemoveInstance));

    private static bool End(Action end)
    {
        end();
        return true;
    }

    private T? Try<T>(Func<IPerformanceCounter, long, T> call, long value = 0)
    {
        try
        {
            return call(find(guard.Counters), value);
        }
        catch (Exception failure)
        {
            guard.OnFailed(failure);
            return default;
        }
    }
}
