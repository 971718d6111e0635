using Microsoft.AspNet.SignalR.Infrastructure;
using RedisBackplane.Telemetry;

namespace RedisBackplane.Delivery;

/// <summary>
/// Counts the work and the contents of the delivery rooms. Also updates SignalR's own performance counters, as the
/// bypassed base classes would. Thread-safe.
/// </summary>
internal sealed class DeliveryCounters(IPerformanceCounterManager signalR)
{
    /// <summary>Messages that arrived from the backplane.</summary>
    public Counter ReceivedMessages { get; } = new();

    /// <summary>Those of them whose key had no local subscriber when they arrived.</summary>
    public Counter UnheardMessages { get; } = new();

    /// <summary>Messages passed to subscriptions. A message for five subscriptions counts five times.</summary>
    public Counter DeliveredMessages { get; } = new();

    /// <summary>Times that a subscription missed messages because the log no longer held them.</summary>
    public Counter Overruns { get; } = new();

    /// <summary>Cursors of clients that no server of this farm can have given them.</summary>
    public Counter ForeignCursors { get; } = new();

    /// <summary>
    /// Scans of the log for keys that gained a subscriber with an older cursor; one scan serves many keys.
    /// </summary>
    public Counter Backfills { get; } = new();

    /// <summary>Messages that these scans looked at.</summary>
    public Counter SearchedMessages { get; } = new();

    public Counter LogMessages { get; } = new();

    /// <summary>Bytes of the log: frames, and the data that belongs to them.</summary>
    public Counter LogBytes { get; } = new();

    public Counter Subscriptions { get; } = new();

    /// <summary>Keys in the index, counted in each stream, including those that linger without a subscriber.</summary>
    public Counter IndexedKeys { get; } = new();

    public void Received(int messages, int unheard)
    {
        ReceivedMessages.Add(messages);
        UnheardMessages.Add(unheard);
        signalR.ScaleoutMessageBusMessagesReceivedPerSec.IncrementBy(messages);
    }

    public void LogChanged(int messages, long bytes)
    {
        LogMessages.Add(messages);
        LogBytes.Add(bytes);
    }

    public void IndexedKeysChanged(int by)
    {
        IndexedKeys.Add(by);
        signalR.MessageBusTopicsCurrent.IncrementBy(by);
    }
}
