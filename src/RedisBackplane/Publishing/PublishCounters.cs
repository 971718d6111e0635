using Microsoft.AspNet.SignalR.Infrastructure;
using RedisBackplane.Telemetry;

namespace RedisBackplane.Publishing;

/// <summary>
/// Counts the work of the publishing room. Also updates SignalR's own performance counters, as the bypassed base class
/// would. Thread-safe.
/// </summary>
internal sealed class PublishCounters(IPerformanceCounterManager signalR)
{
    private long _queueMessages;
    private long _queueBytes;

    public Counter SentMessages { get; } = new();

    public Counter SentBatches { get; } = new();

    public Counter SentBytes { get; } = new();

    /// <summary>Batches that were sent again and that Redis had already.</summary>
    public Counter BatchesStoredBefore { get; } = new();

    /// <summary>Calls that failed or came out of turn; each is sent again.</summary>
    public Counter InterruptedCalls { get; } = new();

    public Counter RejectedMessages { get; } = new();

    public Counter TimedOutMessages { get; } = new();

    /// <summary>Messages dropped from a full queue (<see cref="QueuePolicy.DropOldest"/>).</summary>
    public Counter DroppedMessages { get; } = new();

    /// <summary>Messages sent again because Redis had lost its memory.</summary>
    public Counter ReplayedMessages { get; } = new();

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
    public void Sent(int messages, int bytes, bool storedBefore)
    {
        SentMessages.Add(messages);
        SentBatches.Add();
        SentBytes.Add(bytes);
        if (storedBefore)
        {
            BatchesStoredBefore.Add();
        }
    }

    public void Interrupted(bool isError)
    {
        InterruptedCalls.Add();
        if (isError)
        {
            Error();
        }
    }

    public void Rejected()
    {
        RejectedMessages.Add();
        Error();
    }

    private void Error()
    {
        signalR.ScaleoutErrorsTotal.Increment();
        signalR.ScaleoutErrorsPerSec.Increment();
    }
}
