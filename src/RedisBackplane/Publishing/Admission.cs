using Microsoft.AspNet.SignalR.Messaging;

namespace RedisBackplane.Publishing;

/// <summary>
/// Decides whether the queue accepts a message, and what is dropped to make room for it. Not thread-safe:
/// <see cref="Publisher"/> guards it.
/// </summary>
internal sealed class Admission(PublisherLimits limits, BatchQueue queue, PublisherErrors errors, PublishCounters counters)
{
    private readonly PublisherLimits _limits = limits;
    private readonly BatchQueue _queue = queue;
    private readonly PublisherErrors _errors = errors;
    private readonly PublishCounters _counters = counters;

    /// <summary>Takes room for a message, or returns the reason for a refusal.</summary>
    /// <param name="isAway">Whether Redis is known to be away.</param>
    /// <param name="lastError">The last error of Redis or of its client.</param>
    /// <returns>Why the message is refused; <see langword="null"/> if it is accepted.</returns>
    public BackplaneException? Refuse(Message message, bool isAway, Exception? lastError)
    {
        if (message.Value.Count > _limits.MaxMessageBytes)
        {
            _counters.Rejected();
            return _errors.OverLimit(message);
        }

        if (_limits.QueuePolicy == QueuePolicy.FailFast && isAway)
        {
            _counters.Rejected();
            return _errors.Away(lastError);
        }

        // Nothing is dropped if the message would not fit even then.
        var mayDrop = _limits.QueuePolicy == QueuePolicy.DropOldest && _queue.CouldMakeRoomFor(message);
        while (!_queue.TryMakeRoomFor(message))
        {
            if (!mayDrop || _queue.TakeOldestWaiting() is not { } oldest)
            {
                _counters.Rejected();
                return _errors.Full(_queue, message, lastError);
            }

            // The batch was never closed, so its callers continue on threads of their own, and not under the lock.
            _counters.Dropped(PublisherErrors.Fail([oldest], _errors.Dropped(lastError)));
        }

        return null;
    }
}
