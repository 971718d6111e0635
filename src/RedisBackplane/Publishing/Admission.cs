using Microsoft.AspNet.SignalR.Messaging;

namespace RedisBackplane.Publishing;

/// <summary>
/// Decides whether the queue accepts a message, and what is dropped to make room for it. Not thread-safe:
/// <see cref="Publisher"/> guards it.
/// </summary>
internal sealed class Admission(PublisherLimits limits, BatchQueue queue, PublisherErrors errors, PublishCounters counters)
{
    /// <summary>Takes room for a message, or returns the reason for a refusal.</summary>
    /// <param name="size"><see cref="Wire.FrameWriter.MaxSizeOf"/> the message.</param>
    /// <returns>Why the message is refused; <see langword="null"/> if it is accepted.</returns>
    public BackplaneException? Refuse(Message message, long size, bool isAway, Exception? lastError)
    {
        if (message.Value.Count > limits.MaxMessageBytes)
        {
            counters.Rejected();
            return errors.OverLimit(message);
        }

        if (size > queue.Budget.LargestMessage)
        {
            counters.Rejected();
            return errors.OverQueue(message, queue.Budget);
        }

        if (limits.QueuePolicy == QueuePolicy.FailFast && isAway)
        {
            counters.Rejected();
            return errors.Away(lastError);
        }

        // Nothing is dropped if the message would not fit even then, because of what is in flight.
        var mayDrop = limits.QueuePolicy == QueuePolicy.DropOldest && queue.CouldMakeRoomFor(size);
        while (!queue.TryMakeRoomFor(size))
        {
            if (!mayDrop || queue.TakeOldestWaiting() is not { } oldest)
            {
                counters.Rejected();
                return errors.Full(queue, message, lastError);
            }

            // The batch was never closed, so its callers continue on threads of their own, and not under the lock.
            counters.DroppedMessages.Add(PublisherErrors.Fail([oldest], errors.Dropped(lastError)));
        }

        return null;
    }
}
