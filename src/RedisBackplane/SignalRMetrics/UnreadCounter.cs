using System.Diagnostics;
using Microsoft.AspNet.SignalR.Infrastructure;

namespace RedisBackplane.SignalRMetrics;

/// <summary>
/// A counter that nobody reads: a rate, which the reader of the meter computes from the count, or a counter that is not
/// one of SignalR's.
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
            // The value is not kept.
        }
    }

    public long Increment() => 0;

    public long IncrementBy(long value) => 0;

    public long Decrement() => 0;

    public CounterSample NextSample() => default;

    public void Close()
    {
        // There is nothing to close.
    }

    public void RemoveInstance()
    {
        // There is nothing to remove.
    }
}
