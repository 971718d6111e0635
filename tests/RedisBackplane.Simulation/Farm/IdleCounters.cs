using System.Diagnostics;
using System.Reflection;
using Microsoft.AspNet.SignalR.Infrastructure;

namespace RedisBackplane.Simulation.Farm;

/// <summary>Performance counters for SignalR that count nothing.</summary>
internal class IdleCounters : DispatchProxy
{
    private static readonly IdleCounter Counter = new();

    public static IPerformanceCounterManager Create() => Create<IPerformanceCounterManager, IdleCounters>();

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        targetMethod!.ReturnType == typeof(IPerformanceCounter) ? Counter : null;

    private sealed class IdleCounter : IPerformanceCounter
    {
        public string CounterName => nameof(IdleCounter);

        public long RawValue { get; set; }

        public long Decrement() => 0;

        public long Increment() => 0;

        public long IncrementBy(long value) => 0;

        public CounterSample NextSample() => default;

        public void Close()
        {
            // Nothing is open.
        }

        public void RemoveInstance()
        {
            // There is only one.
        }
    }
}
