using System.Diagnostics;
using Microsoft.AspNet.SignalR.Infrastructure;

namespace RedisBackplane.Tests.Delivery;

/// <summary>SignalR's performance counters, readable, on any system.</summary>
internal sealed class CountingPerformanceCounters : IPerformanceCounterManager
{
    public IPerformanceCounter ConnectionsConnected { get; } = new Counter();

    public IPerformanceCounter ConnectionsReconnected { get; } = new Counter();

    public IPerformanceCounter ConnectionsDisconnected { get; } = new Counter();

    public IPerformanceCounter ConnectionsCurrentForeverFrame { get; } = new Counter();

    public IPerformanceCounter ConnectionsCurrentLongPolling { get; } = new Counter();

    public IPerformanceCounter ConnectionsCurrentServerSentEvents { get; } = new Counter();

    public IPerformanceCounter ConnectionsCurrentWebSockets { get; } = new Counter();

    public IPerformanceCounter ConnectionsCurrent { get; } = new Counter();

    public IPerformanceCounter ConnectionMessagesReceivedTotal { get; } = new Counter();

    public IPerformanceCounter ConnectionMessagesSentTotal { get; } = new Counter();

    public IPerformanceCounter ConnectionMessagesReceivedPerSec { get; } = new Counter();

    public IPerformanceCounter ConnectionMessagesSentPerSec { get; } = new Counter();

    public IPerformanceCounter MessageBusMessagesReceivedTotal { get; } = new Counter();

    public IPerformanceCounter MessageBusMessagesReceivedPerSec { get; } = new Counter();

    public IPerformanceCounter ScaleoutMessageBusMessagesReceivedPerSec { get; } = new Counter();

    public IPerformanceCounter MessageBusMessagesPublishedTotal { get; } = new Counter();

    public IPerformanceCounter MessageBusMessagesPublishedPerSec { get; } = new Counter();

    public IPerformanceCounter MessageBusSubscribersCurrent { get; } = new Counter();

    public IPerformanceCounter MessageBusSubscribersTotal { get; } = new Counter();

    public IPerformanceCounter MessageBusSubscribersPerSec { get; } = new Counter();

    public IPerformanceCounter MessageBusAllocatedWorkers { get; } = new Counter();

    public IPerformanceCounter MessageBusBusyWorkers { get; } = new Counter();

    public IPerformanceCounter MessageBusTopicsCurrent { get; } = new Counter();

    public IPerformanceCounter ErrorsAllTotal { get; } = new Counter();

    public IPerformanceCounter ErrorsAllPerSec { get; } = new Counter();

    public IPerformanceCounter ErrorsHubResolutionTotal { get; } = new Counter();

    public IPerformanceCounter ErrorsHubResolutionPerSec { get; } = new Counter();

    public IPerformanceCounter ErrorsHubInvocationTotal { get; } = new Counter();

    public IPerformanceCounter ErrorsHubInvocationPerSec { get; } = new Counter();

    public IPerformanceCounter ErrorsTransportTotal { get; } = new Counter();

    public IPerformanceCounter ErrorsTransportPerSec { get; } = new Counter();

    public IPerformanceCounter ScaleoutStreamCountTotal { get; } = new Counter();

    public IPerformanceCounter ScaleoutStreamCountOpen { get; } = new Counter();

    public IPerformanceCounter ScaleoutStreamCountBuffering { get; } = new Counter();

    public IPerformanceCounter ScaleoutErrorsTotal { get; } = new Counter();

    public IPerformanceCounter ScaleoutErrorsPerSec { get; } = new Counter();

    public IPerformanceCounter ScaleoutSendQueueLength { get; } = new Counter();

    public void Initialize(string instanceName, CancellationToken hostShutdownToken)
    {
    }

    public IPerformanceCounter LoadCounter(string categoryName, string counterName, string instanceName, bool isReadOnly) => new Counter();

    private sealed class Counter : IPerformanceCounter
    {
        private long _value;

        public string CounterName => nameof(Counter);

        public long RawValue
        {
            get => Volatile.Read(ref _value);
            set => Volatile.Write(ref _value, value);
        }

        public long Decrement() => Interlocked.Decrement(ref _value);

        public long Increment() => Interlocked.Increment(ref _value);

        public long IncrementBy(long value) => Interlocked.Add(ref _value, value);

        public CounterSample NextSample() => default;

        public void Close()
        {
        }

        public void RemoveInstance()
        {
        }
    }
}
