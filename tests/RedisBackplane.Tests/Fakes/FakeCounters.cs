using System.Diagnostics;
using Microsoft.AspNet.SignalR.Infrastructure;

namespace RedisBackplane.Tests.Fakes;

/// <summary>SignalR's performance counters, counted in memory. Thread-safe.</summary>
internal sealed class FakeCounters : IPerformanceCounterManager
{
    public IPerformanceCounter ConnectionsConnected { get; } = new FakeCounter();
    public IPerformanceCounter ConnectionsReconnected { get; } = new FakeCounter();
    public IPerformanceCounter ConnectionsDisconnected { get; } = new FakeCounter();
    public IPerformanceCounter ConnectionsCurrentForeverFrame { get; } = new FakeCounter();
    public IPerformanceCounter ConnectionsCurrentLongPolling { get; } = new FakeCounter();
    public IPerformanceCounter ConnectionsCurrentServerSentEvents { get; } = new FakeCounter();
    public IPerformanceCounter ConnectionsCurrentWebSockets { get; } = new FakeCounter();
    public IPerformanceCounter ConnectionsCurrent { get; } = new FakeCounter();
    public IPerformanceCounter ConnectionMessagesReceivedTotal { get; } = new FakeCounter();
    public IPerformanceCounter ConnectionMessagesSentTotal { get; } = new FakeCounter();
    public IPerformanceCounter ConnectionMessagesReceivedPerSec { get; } = new FakeCounter();
    public IPerformanceCounter ConnectionMessagesSentPerSec { get; } = new FakeCounter();
    public IPerformanceCounter MessageBusMessagesReceivedTotal { get; } = new FakeCounter();
    public IPerformanceCounter MessageBusMessagesReceivedPerSec { get; } = new FakeCounter();
    public IPerformanceCounter ScaleoutMessageBusMessagesReceivedPerSec { get; } = new FakeCounter();
    public IPerformanceCounter MessageBusMessagesPublishedTotal { get; } = new FakeCounter();
    public IPerformanceCounter MessageBusMessagesPublishedPerSec { get; } = new FakeCounter();
    public IPerformanceCounter MessageBusSubscribersCurrent { get; } = new FakeCounter();
    public IPerformanceCounter MessageBusSubscribersTotal { get; } = new FakeCounter();
    public IPerformanceCounter MessageBusSubscribersPerSec { get; } = new FakeCounter();
    public IPerformanceCounter MessageBusAllocatedWorkers { get; } = new FakeCounter();
    public IPerformanceCounter MessageBusBusyWorkers { get; } = new FakeCounter();
    public IPerformanceCounter MessageBusTopicsCurrent { get; } = new FakeCounter();
    public IPerformanceCounter ErrorsAllTotal { get; } = new FakeCounter();
    public IPerformanceCounter ErrorsAllPerSec { get; } = new FakeCounter();
    public IPerformanceCounter ErrorsHubResolutionTotal { get; } = new FakeCounter();
    public IPerformanceCounter ErrorsHubResolutionPerSec { get; } = new FakeCounter();
    public IPerformanceCounter ErrorsHubInvocationTotal { get; } = new FakeCounter();
    public IPerformanceCounter ErrorsHubInvocationPerSec { get; } = new FakeCounter();
    public IPerformanceCounter ErrorsTransportTotal { get; } = new FakeCounter();
    public IPerformanceCounter ErrorsTransportPerSec { get; } = new FakeCounter();
    public IPerformanceCounter ScaleoutStreamCountTotal { get; } = new FakeCounter();
    public IPerformanceCounter ScaleoutStreamCountOpen { get; } = new FakeCounter();
    public IPerformanceCounter ScaleoutStreamCountBuffering { get; } = new FakeCounter();
    public IPerformanceCounter ScaleoutErrorsTotal { get; } = new FakeCounter();
    public IPerformanceCounter ScaleoutErrorsPerSec { get; } = new FakeCounter();
    public IPerformanceCounter ScaleoutSendQueueLength { get; } = new FakeCounter();

    public void Initialize(string instanceName, CancellationToken hostShutdownToken)
    {
        // They count from the beginning.
    }

    public IPerformanceCounter LoadCounter(string categoryName, string counterName, string instanceName, bool isReadOnly) =>
        new FakeCounter();
}

internal sealed class FakeCounter : IPerformanceCounter
{
    private long _value;

    public string CounterName => nameof(FakeCounter);

    public long RawValue
    {
        get => Volatile.Read(ref _value);
        set => Volatile.Write(ref _value, value);
    }

    public long Decrement() => Interlocked.Decrement(ref _value);

    public long Increment() => Interlocked.Increment(ref _value);

    public long IncrementBy(long value) => Interlocked.Add(ref _value, value);

    public CounterSample NextSample() => throw new NotSupportedException("Only the raw value is kept.");

    public void Close()
    {
        // There is nothing to close.
    }

    public void RemoveInstance()
    {
        // There is only one.
    }
}
