using StackExchange.Redis;

namespace RedisBackplane.Redis.Stream;

/// <summary>One subscription to the channel, made by StackExchange.Redis.</summary>
/// <param name="queue">Filled by the client library. It alone keeps the order of the channel.</param>
internal sealed class RedisChannelListener(ChannelMessageQueue queue) : IChannelListener
{
    private Action<byte[]>? _onPayload;
    private volatile bool _isDropped;

    public bool HasEnded => queue.Completion.IsCompleted;

    /// <inheritdoc/>
    /// <remarks>The client library does not limit it.</remarks>
    public int Backlog => queue.TryGetCount(out var count) ? count : 0;

    public void Begin(Action<byte[]> onPayload)
    {
        _onPayload = onPayload;
        queue.OnMessage(HandOver);
    }

    public Task LeaveAsync() => queue.UnsubscribeAsync();

    public void Leave()
    {
        try
        {
            queue.Unsubscribe(CommandFlags.FireAndForget);
        }
        catch (Exception exception) when (exception is ObjectDisposedException or RedisException)
        {
            // The application closed its connection first, or the connection is down. In both cases the subscription
            // has ended.
        }
    }

    public void Drop()
    {
        _isDropped = true;
        Leave();
        while (queue.TryRead(out _))
        {
            // The thread that passes payloads on may be the one that is too slow.
        }
    }

    private void HandOver(ChannelMessage message)
    {
        if (!_isDropped)
        {
            _onPayload!((byte[]?)message.Message ?? []);
        }
    }
}
