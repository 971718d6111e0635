using Microsoft.AspNet.SignalR.Infrastructure;

namespace RedisBackplane.SignalRMetrics;

/// <summary>
/// The performance counters that the bus finds in its resolver. They may be the application's: see
/// <see cref="CounterGuard"/>. Thread-safe.
/// </summary>
internal sealed class GuardedCounters(CounterGuard guard) : IPerformanceCounterManager
{
    public IPerformanceCounter ConnectionsConnected { get; } = Of(guard, all => all.ConnectionsConnected);
    public IPerformanceCounter ConnectionsReconnected { get; } = Of(guard, all => all.ConnectionsReconnected);
    public IPerformanceCounter ConnectionsDisconnected { get; } = Of(guard, all => all.ConnectionsDisconnected);
    public IPerformanceCounter ConnectionsCurrentForeverFrame { get; } = Of(guard, all => all.ConnectionsCurrentForeverFrame);
    public IPerformanceCounter ConnectionsCurrentLongPolling { get; } = Of(guard, all => all.ConnectionsCurrentLongPolling);
    public IPerformanceCounter ConnectionsCurrentServerSentEvents { get; } = Of(guard, all => all.ConnectionsCurrentServerSentEvents);
    public IPerformanceCounter ConnectionsCurrentWebSockets { get; } = Of(guard, all => all.ConnectionsCurrentWebSockets);
    public IPerformanceCounter ConnectionsCurrent { get; } = Of(guard, all => all.ConnectionsCurrent);
    public IPerformanceCounter ConnectionMessagesReceivedTotal { get; } = Of(guard, all => all.ConnectionMessagesReceivedTotal);
    public IPerformanceCounter ConnectionMessagesSentTotal { get; } = Of(guard, all => all.ConnectionMessagesSentTotal);
    public IPerformanceCounter MessageBusMessagesReceivedTotal { get; } = Of(guard, all => all.MessageBusMessagesReceivedTotal);
    public IPerformanceCounter MessageBusMessagesPublishedTotal { get; } = Of(guard, all => all.MessageBusMessagesPublishedTotal);
    public IPerformanceCounter MessageBusSubscribersCurrent { get; } = Of(guard, all => all.MessageBusSubscribersCurrent);
    public IPerformanceCounter MessageBusSubscribersTotal { get; } = Of(guard, all => all.MessageBusSubscribersTotal);
    public IPerformanceCounter MessageBusAllocatedWorkers { get; } = Of(guard, all => all.MessageBusAllocatedWorkers);
    public IPerformanceCounter MessageBusBusyWorkers { get; } = Of(guard, all => all.MessageBusBusyWorkers);
    public IPerformanceCounter MessageBusTopicsCurrent { get; } = Of(guard, all => all.MessageBusTopicsCurrent);
    public IPerformanceCounter ErrorsAllTotal { get; } = Of(guard, all => all.ErrorsAllTotal);
    public IPerformanceCounter ErrorsHubResolutionTotal { get; } = Of(guard, all => all.ErrorsHubResolutionTotal);
    public IPerformanceCounter ErrorsHubInvocationTotal { get; } = Of(guard, all => all.ErrorsHubInvocationTotal);
    public IPerformanceCounter ErrorsTransportTotal { get; } = Of(guard, all => all.ErrorsTransportTotal);
    public IPerformanceCounter ScaleoutStreamCountTotal { get; } = Of(guard, all => all.ScaleoutStreamCountTotal);
    public IPerformanceCounter ScaleoutStreamCountOpen { get; } = Of(guard, all => all.ScaleoutStreamCountOpen);
    public IPerformanceCounter ScaleoutStreamCountBuffering { get; } = Of(guard, all => all.ScaleoutStreamCountBuffering);
    public IPerformanceCounter ScaleoutErrorsTotal { get; } = Of(guard, all => all.ScaleoutErrorsTotal);
    public IPerformanceCounter ScaleoutSendQueueLength { get; } = Of(guard, all => all.ScaleoutSendQueueLength);
    public IPerformanceCounter ScaleoutMessageBusMessagesReceivedPerSec { get; } =
        Of(guard, all => all.ScaleoutMessageBusMessagesReceivedPerSec);
    public IPerformanceCounter ConnectionMessagesReceivedPerSec { get; } = Of(guard, all => all.ConnectionMessagesReceivedPerSec);
    public IPerformanceCounter ConnectionMessagesSentPerSec { get; } = Of(guard, all => all.ConnectionMessagesSentPerSec);
    public IPerformanceCounter MessageBusMessagesReceivedPerSec { get; } = Of(guard, all => all.MessageBusMessagesReceivedPerSec);
    public IPerformanceCounter MessageBusMessagesPublishedPerSec { get; } = Of(guard, all => all.MessageBusMessagesPublishedPerSec);
    public IPerformanceCounter MessageBusSubscribersPerSec { get; } = Of(guard, all => all.MessageBusSubscribersPerSec);
    public IPerformanceCounter ErrorsAllPerSec { get; } = Of(guard, all => all.ErrorsAllPerSec);
    public IPerformanceCounter ErrorsHubResolutionPerSec { get; } = Of(guard, all => all.ErrorsHubResolutionPerSec);
    public IPerformanceCounter ErrorsHubInvocationPerSec { get; } = Of(guard, all => all.ErrorsHubInvocationPerSec);
    public IPerformanceCounter ErrorsTransportPerSec { get; } = Of(guard, all => all.ErrorsTransportPerSec);
    public IPerformanceCounter ScaleoutErrorsPerSec { get; } = Of(guard, all => all.ScaleoutErrorsPerSec);

    /// <summary>The guard of all counters.</summary>
    public CounterGuard Guard { get; } = guard;

    /// <summary>Does nothing: the host initialises the counters that are guarded.</summary>
    public void Initialize(string instanceName, CancellationToken hostShutdownToken)
    {
        // The bus never calls it.
    }

    public IPerformanceCounter LoadCounter(string categoryName, string counterName, string instanceName, bool isReadOnly) =>
        new GuardedCounter(Guard, all => all.LoadCounter(categoryName, counterName, instanceName, isReadOnly));

    private static GuardedCounter Of(CounterGuard guard, Func<IPerformanceCounterManager, IPerformanceCounter> find) => new(guard, find);
}
