using System.Diagnostics;
using Microsoft.AspNet.SignalR.Infrastructure;

namespace RedisBackplane.SignalRMetrics;

/// <summary>One of SignalR's counters. Thread-safe.</summary>
internal sealed class SignalRCounter(string name) : IPerformanceCounter
{
    private long _value;

    public string CounterName { get; } = name;

    public long RawValue
    {
        get => Volatile.Read(ref _value);
        set => Volatile.Write(ref _value, value);
    }

    public long Increment() => Interlocked.Increment(ref _value);

    public long IncrementBy(long value) => Interlocked.Add(ref _value, value);

    public long Decrement() => Interlocked.Decrement(ref _value);

    public CounterSample NextSample() => default;

    public void Close()
    {
        // There is nothing to close.
    }

    public void RemoveInstance()
    {
        // It is removed together with its owner.
    }
}
