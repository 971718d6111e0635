using System.Diagnostics;
using Microsoft.AspNet.SignalR.Infrastructure;

namespace RedisBackplane.SignalRMetrics;

/// <summary>
/// A number that nobody reads: a rate, which whoever reads the meter makes of the count beside it, or a counter that is
/// none of SignalR's.
/// </summary>
internal sealed class UnreadCounter : IPerformanceCounter
{
    public static readonly UnreadCounter Instance = new();

    private UnreadCounter()
    {
    }

    public string CounterName => string.Empty;

    public long RawValue
    {
        get => 0;
        set
        {
            // Not kept.
        }
    }

    public long Increment() => 0;

    public long IncrementBy(long value) => 0;

    public long Decrement() => 0;

    public CounterSample NextSample() => default;

    public void Close()
    {
        // Nothing is open.
    }

    public void RemoveInstance()
    {
        // There is none.
    }
}
