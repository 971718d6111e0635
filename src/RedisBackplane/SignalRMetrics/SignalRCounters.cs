using Microsoft.AspNet.SignalR.Infrastructure;

namespace RedisBackplane.SignalRMetrics;

/// <summary>
/// SignalR's performance counters. <see cref="SignalRMeter"/> reads them until they are disposed or their host ends.
/// Windows performance counters are not written. Rates are left to the reader of the meter. Thread-safe.
/// </summary>
internal sealed class SignalRCounters : IPerformanceCounterManager, IDisposable
{
    private const string NumberedBy = nameof(SignalRCounters);

    private int _disposed;

    public SignalRCounters()
    {
        Instance = SignalRMeter.Hosts.TakeNumber(NumberedBy);
        SignalRMeter.Hosts.Add(this);
    }

    public IPerformanceCounter ConnectionsConnected { get; } = Kept(nameof(ConnectionsConnected));
    public IPerformanceCounter ConnectionsReconnected { get; } = Kept(nameof(ConnectionsReconnected));
    public IPerformanceCounter ConnectionsDisconnected { get; } = Kept(nameof(ConnectionsDisconnected));
    public IPerformanceCounter ConnectionsCurrentForeverFrame { get; } = Kept(nameof(ConnectionsCurrentForeverFrame));
    public IPerformanceCounter ConnectionsCurrentLongPolling { get; } = Kept(nameof(ConnectionsCurrentLongPolling));
    public IPerformanceCounter ConnectionsCurrentServerSentEvents { get; } = Kept(nameof(ConnectionsCurrentServerSentEvents));
    public IPerformanceCounter ConnectionsCurrentWebSockets { get; } = Kept(nameof(ConnectionsCurrentWebSockets));
    public IPerformanceCounter ConnectionsCurrent { get; } = Kept(nameof(ConnectionsCurrent));
    public IPerformanceCounter ConnectionMessagesReceivedTotal { get; } = Kept(nameof(ConnectionMessagesReceivedTotal));
    public IPerformanceCounter ConnectionMessagesSentTotal { get; } = Kept(nameof(ConnectionMessagesSentTotal));
    public IPerformanceCounter MessageBusMessagesReceivedTotal { get; } = Kept(nameof(MessageBusMessagesReceivedTotal));
    public IPerformanceCounter MessageBusMessagesPublishedTotal { get; } = Kept(nameof(MessageBusMessagesPublishedTotal));
    public IPerformanceCounter MessageBusSubscribersCurrent { get; } = Kept(nameof(MessageBusSubscribersCurrent));
    public IPerformanceCounter MessageBusSubscribersTotal { get; } = Kept(nameof(MessageBusSubscribersTotal));
    public IPerformanceCounter MessageBusAllocatedWorkers { get; } = Kept(nameof(MessageBusAllocatedWorkers));
    public IPerformanceCounter MessageBusBusyWorkers { get; } = Kept(nameof(MessageBusBusyWorkers));
    public IPerformanceCounter MessageBusTopicsCurrent { get; } = Kept(nameof(MessageBusTopicsCurrent));
    public IPerformanceCounter ErrorsAllTotal { get; } = Kept(nameof(ErrorsAllTotal));
    public IPerformanceCounter ErrorsHubResolutionTotal { get; } = Kept(nameof(ErrorsHubResolutionTotal));
    public IPerformanceCounter ErrorsHubInvocationTotal { get; } = Kept(nameof(ErrorsHubInvocationTotal));
    public IPerformanceCounter ErrorsTransportTotal { get; } = Kept(nameof(ErrorsTransportTotal));
    public IPerformanceCounter ScaleoutStreamCountTotal { get; } = Kept(nameof(ScaleoutStreamCountTotal));
    public IPerformanceCounter ScaleoutStreamCountOpen { get; } = Kept(nameof(ScaleoutStreamCountOpen));
    public IPerformanceCounter ScaleoutStreamCountBuffering { get; } = Kept(nameof(ScaleoutStreamCountBuffering));
    public IPerformanceCounter ScaleoutErrorsTotal { get; } = Kept(nameof(ScaleoutErrorsTotal));
    public IPerformanceCounter ScaleoutSendQueueLength { get; } = Kept(nameof(ScaleoutSendQueueLength));

    // SignalR has only a rate. The count behind it is kept instead.
    IPerformanceCounter IPerformanceCounterManager.ScaleoutMessageBusMessagesReceivedPerSec => ScaleoutMessageBusMessagesReceived;

    IPerformanceCounter IPerformanceCounterManager.ConnectionMessagesReceivedPerSec => UnreadCounter.Instance;
    IPerformanceCounter IPerformanceCounterManager.ConnectionMessagesSentPerSec => UnreadCounter.Instance;
    IPerformanceCounter IPerformanceCounterManager.MessageBusMessagesReceivedPerSec => UnreadCounter.Instance;
    IPerformanceCounter IPerformanceCounterManager.MessageBusMessagesPublishedPerSec => UnreadCounter.Instance;
    IPerformanceCounter IPerformanceCounterManager.MessageBusSubscribersPerSec => UnreadCounter.Instance;
    IPerformanceCounter IPerformanceCounterManager.ErrorsAllPerSec => UnreadCounter.Instance;
    IPerformanceCounter IPerformanceCounterManager.ErrorsHubResolutionPerSec => UnreadCounter.Instance;
    IPerformanceCounter IPerformanceCounterManager.ErrorsHubInvocationPerSec => UnreadCounter.Instance;
    IPerformanceCounter IPerformanceCounterManager.ErrorsTransportPerSec => UnreadCounter.Instance;
    IPerformanceCounter IPerformanceCounterManager.ScaleoutErrorsPerSec => UnreadCounter.Instance;

    public IPerformanceCounter ScaleoutMessageBusMessagesReceived { get; } = Kept(nameof(ScaleoutMessageBusMessagesReceived));

    /// <summary>Distinguishes the hosts of a process.</summary>
    public int Instance { get; }

    /// <summary>
    /// Removes the counters when the host ends. The name of the instance is not used: the meter numbers the hosts of a
    /// process.
    /// </summary>
    public void Initialize(string instanceName, CancellationToken hostShutdownToken) => hostShutdownToken.Register(Dispose);

    /// <summary>Returns a counter that counts nothing: only SignalR's own counters are kept.</summary>
    public IPerformanceCounter LoadCounter(string categoryName, string counterName, string instanceName, bool isReadOnly) =>
        UnreadCounter.Instance;

    /// <summary>The counters still work, but are no longer measured.</summary>
    public void Dispose()
    {
        // The end of the host and its resolver both do it. In between, the number may have been given to another host.
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            SignalRMeter.Hosts.Remove(this, NumberedBy, Instance);
        }
    }

    private static SignalRCounter Kept(string name) => new(name);
}
