using Microsoft.AspNet.SignalR.Infrastructure;

namespace RedisBackplane.SignalRMetrics;

/// <summary>
/// The performance counters that the bus finds in its resolver. They may be the application's: see
/// <see cref="CounterGuard"/>. Thread-safe.
/// </summary>
internal sealed class GuardedCounters(CounterGuard guard) : IPerformanceCounterManager
{
    public IPerformanceCounter ConnectionsConnected { get; } = new GuardedCounter(guard, static all => all.ConnectionsConnected);
    public IPerformanceCounter ConnectionsReconnected { get; } = new GuardedCounter(guard, static all => all.ConnectionsReconnected);
    public IPerformanceCounter ConnectionsDisconnected { get; } = new GuardedCounter(guard, static all => all.ConnectionsDisconnected);
    public IPerformanceCounter ConnectionsCurrentForeverFrame { get; } =
        new GuardedCounter(guard, static all => all.ConnectionsCurrentForeverFrame);
    public IPerformanceCounter ConnectionsCurrentLongPolling { get; } =
        new GuardedCounter(guard, static all => all.ConnectionsCurrentLongPolling);
    public IPerformanceCounter ConnectionsCurrentServerSentEvents { get; } =
        new GuardedCounter(guard, static all => all.ConnectionsCurrentServerSentEvents);
    public IPerformanceCounter ConnectionsCurrentWebSockets { get; } =
        new GuardedCounter(guard, static all => all.ConnectionsCurrentWebSockets);
    public IPerformanceCounter ConnectionsCurrent { get; } = new GuardedCounter(guard, static all => all.ConnectionsCurrent);
    public IPerformanceCounter ConnectionMessagesReceivedTotal { get; } =
        new GuardedCounter(guard, static all => all.ConnectionMessagesReceivedTotal);
    public IPerformanceCounter ConnectionMessagesSentTotal { get; } =
        new GuardedCounter(guard, static all => all.ConnectionMessagesSentTotal);
    public IPerformanceCounter MessageBusMessagesReceivedTotal { get; } =
        new GuardedCounter(guard, static all => all.MessageBusMessagesReceivedTotal);
    public IPerformanceCounter MessageBusMessagesPublishedTotal { get; } =
        new GuardedCounter(guard, static all => all.MessageBusMessagesPublishedTotal);
    public IPerformanceCounter MessageBusSubscribersCurrent { get; } =
        new GuardedCounter(guard, static all => all.MessageBusSubscribersCurrent);
    public IPerformanceCounter MessageBusSubscribersTotal { get; } =
        new GuardedCounter(guard, static all => all.MessageBusSubscribersTotal);
    public IPerformanceCounter MessageBusAllocatedWorkers { get; } =
        new GuardedCounter(guard, static all => all.MessageBusAllocatedWorkers);
    public IPerformanceCounter MessageBusBusyWorkers { get; } = new GuardedCounter(guard, static all => all.MessageBusBusyWorkers);
    public IPerformanceCounter MessageBusTopicsCurrent { get; } = new GuardedCounter(guard, static all => all.MessageBusTopicsCurrent);
    public IPerformanceCounter ErrorsAllTotal { get; } = new GuardedCounter(guard, static all => all.ErrorsAllTotal);
    public IPerformanceCounter ErrorsHubResolutionTotal { get; } = new GuardedCounter(guard, static all => all.ErrorsHubResolutionTotal);
    public IPerformanceCounter ErrorsHubInvocationTotal { get; } = new GuardedCounter(guard, static all => all.ErrorsHubInvocationTotal);
    public IPerformanceCounter ErrorsTransportTotal { get; } = new GuardedCounter(guard, static all => all.ErrorsTransportTotal);
    public IPerformanceCounter ScaleoutStreamCountTotal { get; } = new GuardedCounter(guard, static all => all.ScaleoutStreamCountTotal);
    public IPerformanceCounter ScaleoutStreamCountOpen { get; } = new GuardedCounter(guard, static all => all.ScaleoutStreamCountOpen);
    public IPerformanceCounter ScaleoutStreamCountBuffering { get; } =
        new GuardedCounter(guard, static all => all.ScaleoutStreamCountBuffering);
    public IPerformanceCounter ScaleoutErrorsTotal { get; } = new GuardedCounter(guard, static all => all.ScaleoutErrorsTotal);
    public IPerformanceCounter ScaleoutSendQueueLength { get; } = new GuardedCounter(guard, static all => all.ScaleoutSendQueueLength);
    public IPerformanceCounter ScaleoutMessageBusMessagesReceivedPerSec { get; } =
        new GuardedCounter(guard, static all => all.ScaleoutMessageBusMessagesReceivedPerSec);
    public IPerformanceCounter ConnectionMessagesReceivedPerSec { get; } =
        new GuardedCounter(guard, static all => all.ConnectionMessagesReceivedPerSec);
    public IPerformanceCounter ConnectionMessagesSentPerSec { get; } =
        new GuardedCounter(guard, static all => all.ConnectionMessagesSentPerSec);
    public IPerformanceCounter MessageBusMessagesReceivedPerSec { get; } =
        new GuardedCounter(guard, static all => all.MessageBusMessagesReceivedPerSec);
    public IPerformanceCounter MessageBusMessagesPublishedPerSec { get; } =
        new GuardedCounter(guard, static all => all.MessageBusMessagesPublishedPerSec);
    public IPerformanceCounter MessageBusSubscribersPerSec { get; } =
        new GuardedCounter(guard, static all => all.MessageBusSubscribersPerSec);
    public IPerformanceCounter ErrorsAllPerSec { get; } = new GuardedCounter(guard, static all => all.ErrorsAllPerSec);
    public IPerformanceCounter ErrorsHubResolutionPerSec { get; } = new GuardedCounter(guard, static all => all.ErrorsHubResolutionPerSec);
    public IPerformanceCounter ErrorsHubInvocationPerSec { get; } = new GuardedCounter(guard, static all => all.ErrorsHubInvocationPerSec);
    public IPerformanceCounter ErrorsTransportPerSec { get; } = new GuardedCounter(guard, static all => all.ErrorsTransportPerSec);
    public IPerformanceCounter ScaleoutErrorsPerSec { get; } = new GuardedCounter(guard, static all => all.ScaleoutErrorsPerSec);

    /// <summary>The guard of all counters.</summary>
    public CounterGuard Guard { get; } = guard;

    /// <summary>Does nothing: the host initialises the counters that are guarded.</summary>
    public void Initialize(string instanceName, CancellationToken hostShutdownToken)
    {
        // The bus never calls it.
    }

    public IPerformanceCounter LoadCounter(string categoryName, string counterName, string instanceName, bool isReadOnly) =>
        new GuardedCounter(Guard, all => all.LoadCounter(categoryName, counterName, instanceName, isReadOnly));
}
