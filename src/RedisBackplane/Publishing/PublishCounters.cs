using Microsoft.AspNet.SignalR.Infrastructure;

namespace RedisBackplane.Publishing;

/// <summary>
/// Counts the work of the publishing room. Also updates SignalR's own performance counters, as the bypassed base class
/// would. Thread-safe.
/// </summary>
internal sealed class PublishCounters(IPerformanceCounterManager signalR)
{
    private long _sentMessages;
    private long _sentBatches;
    private long _sentBytes;
    private long _storedBefore;
    private long _interrupted;
    private long _rejected;
    private long _timedOut;
    private long _dropped;
    private long _replayed;
    private long _queueMessages;
    private long _queueBytes;

    public long SentMessages => Volatile.Read(ref _sentMessages);

    public long SentBatches => Volatile.Read(ref _sentBatches);

    public long SentBytes => Volatile.Read(ref _sentBytes);

    /// <summary>Batches that were sent again and that Redis had already.</summary>
    public long BatchesStoredBefore => Volatile.Read(ref _storedBefore);

    /// <summary>Calls that failed or came out of turn; each is sent again.</summary>
    public long InterruptedCalls => Volatile.Read(ref _interrupted);

    public long RejectedMessages => Volatile.Read(ref _rejected);

    public long TimedOutMessages => Volatile.Read(ref _timedOut);

    /// <summary>Messages dropped from a full queue (<see cref="QueuePolicy.DropOldest"/>).</summary>
    public long DroppedMessages => Volatile.Read(ref _dropped);

    /// <summary>Messages sent again because Redis had lost its memory.</summary>
    public long ReplayedMessages => Volatile.Read(ref _replayed);

    public long QueueMessages => Volatile.Read(ref _queueMessages);

    public long QueueBytes => Volatile.Read(ref _queueBytes);

    /// <summary>Sets the current size of a queue. One caller at a time.</summary>
    public void Queued(int messages, long bytes)
    {
        var added = messages - _queueMessages;
        Volatile.Write(ref _queueMessages, messages);
        Volatile.Write(ref _queueBytes, bytes);

        // All streams share it.
        signalR.ScaleoutSendQueueLength.IncrementBy(added);
    }

    /// <param name="messages">
    /// Those that had not been stored before; 0 for a batch that is sent again after a memory loss.
    /// </param>
    /// <param name="bytes">Of the batch.</param>
    /// <param name="storedBefore">Redis had it already.</param>
    public void Sent(int messages, int bytes, bool storedBefore)
    {
        Interlocked.Add(ref _sentMessages, messages);
        Interlocked.Increment(ref _sentBatches);
        Interlocked.Add(ref _sentBytes, bytes);
        if (storedBefore)
        {
            Interlocked.Increment(ref _storedBefore);
        }
    }

    public void Interrupted(bool isError)
    {
        Interlocked.Increment(ref _interrupted);
        if (isError)
        {
            Error();
        }
    }

    public void Rejected()
    {
        Interlocked.Increment(ref _rejected);
        Error();
    }

    public void TimedOut(int messages) => Interlocked.Add(ref _timedOut, messages);

    public void Dropped(int messages) => Interlocked.Add(ref _dropped, messages);

    public void Replayed(int messages) => Interlocked.Add(ref _replayed, messages);

    private void Error()
    {
        signalR.ScaleoutErrorsTotal.Increment();
        signalR.ScaleoutErrorsPerSec.Increment();
    }
}
