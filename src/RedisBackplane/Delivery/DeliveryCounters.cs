using Microsoft.AspNet.SignalR.Infrastructure;

namespace RedisBackplane.Delivery;

/// <summary>
/// Counts the work and the contents of the delivery rooms. Also updates SignalR's own performance counters, as the
/// bypassed base classes would. Thread-safe.
/// </summary>
internal sealed class DeliveryCounters(IPerformanceCounterManager signalR)
{
    private long _received;
    private long _unheard;
    private long _delivered;
    private long _overruns;
    private long _foreignCursors;
    private long _backfills;
    private long _logMessages;
    private long _logBytes;
    private long _subscriptions;
    private long _indexedKeys;

    /// <summary>Messages that arrived from the backplane.</summary>
    public long ReceivedMessages => Volatile.Read(ref _received);

    /// <summary>Those of them whose key had no local subscriber when they arrived.</summary>
    public long UnheardMessages => Volatile.Read(ref _unheard);

    /// <summary>Messages passed to subscriptions. A message for five subscriptions counts five times.</summary>
    public long DeliveredMessages => Volatile.Read(ref _delivered);

    /// <summary>Times that a subscription missed messages because the log no longer held them.</summary>
    public long Overruns => Volatile.Read(ref _overruns);

    /// <summary>Cursors of clients that no server of this farm can have given them.</summary>
    public long ForeignCursors => Volatile.Read(ref _foreignCursors);

    /// <summary>
    /// Scans of the log for keys that gained a subscriber with an older cursor; one scan serves many keys.
    /// </summary>
    public long Backfills => Volatile.Read(ref _backfills);

    public long LogMessages => Volatile.Read(ref _logMessages);

    /// <summary>Bytes of the log: frames, and the data that belongs to them.</summary>
    public long LogBytes => Volatile.Read(ref _logBytes);

    public long Subscriptions => Volatile.Read(ref _subscriptions);

    /// <summary>Keys in the index, counted in each stream, including those that linger without a subscriber.</summary>
    public long IndexedKeys => Volatile.Read(ref _indexedKeys);

    public void Received(int messages, int unheard)
    {
        Interlocked.Add(ref _received, messages);
        Interlocked.Add(ref _unheard, unheard);
        signalR.ScaleoutMessageBusMessagesReceivedPerSec.IncrementBy(messages);
    }

    public void Delivered(int messages) => Interlocked.Add(ref _delivered, messages);

    /// <returns>The number of overruns so far.</returns>
    public long Overrun() => Interlocked.Increment(ref _overruns);

    public void ForeignCursor() => Interlocked.Increment(ref _foreignCursors);

    public void Backfilled() => Interlocked.Increment(ref _backfills);

    public void LogChanged(int messages, long bytes)
    {
        Interlocked.Add(ref _logMessages, messages);
        Interlocked.Add(ref _logBytes, bytes);
    }

    public void SubscriptionsChanged(int by) => Interlocked.Add(ref _subscriptions, by);

    public void IndexedKeysChanged(int by)
    {
        Interlocked.Add(ref _indexedKeys, by);
        signalR.MessageBusTopicsCurrent.IncrementBy(by);
    }
}
