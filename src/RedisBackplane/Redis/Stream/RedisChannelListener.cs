using StackExchange.Redis;

namespace RedisBackplane.Redis.Stream;

/// <summary>One subscription of the channel: hands over its payloads, one at a time, in their order. Thread-safe.</summary>
internal sealed class RedisChannelListener
{
    // Of the ways to subscribe, the queue is the one that keeps the order of the channel.
    private readonly ChannelMessageQueue _queue;
    private readonly Action<byte[]> _onPayload;
    private volatile bool _isDropped;

    /// <summary>Begins to hand over.</summary>
    /// <param name="queue">What the client library fills.</param>
    /// <param name="onPayload">Takes a payload.</param>
    public RedisChannelListener(ChannelMessageQueue queue, Action<byte[]> onPayload)
    {
        _queue = queue;
        _onPayload = onPayload;
        queue.OnMessage(HandOver);
    }

    /// <summary>The client library ended the subscription.</summary>
    public bool HasEnded => _queue.Completion.IsCompleted;

    /// <summary>Payloads that have arrived and were not handed over yet. The client library sets it no bound.</summary>
    public int Backlog => _queue.TryGetCount(out var count) ? count : 0;

    /// <summary>Leaves the channel. What has arrived is still handed over.</summary>
    public Task LeaveAsync() => _queue.UnsubscribeAsync();

    /// <summary>The same, without waiting for Redis.</summary>
    public void Leave()
    {
        try
        {
            _queue.Unsubscribe(CommandFlags.FireAndForget);
        }
        catch (Exception exception) when (exception is ObjectDisposedException or RedisException)
        {
            // The application closed its connection first, or it is down: with it ends the subscription.
        }
    }

    /// <summary>Leaves the channel, and lets go of what has arrived.</summary>
    public void Drop()
    {
        _isDropped = true;
        Leave();
        while (_queue.TryRead(out _))
        {
            // Whoever hands over may be what is slow.
        }
    }

    private void HandOver(ChannelMessage message)
    {
        if (!_isDropped)
        {
            _onPayload((byte[]?)message.Message ?? []);
        }
    }
}
