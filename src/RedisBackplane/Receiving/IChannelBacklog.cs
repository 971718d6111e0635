namespace RedisBackplane.Receiving;

/// <summary>The payloads of a channel that the client library has received and the stream has not taken yet.</summary>
internal interface IChannelBacklog
{
    /// <summary>The number of waiting payloads; 0 if the client library does not report it.</summary>
    int Count { get; }

    /// <summary>
    /// Unsubscribes at once, and drops the waiting payloads. The next <see cref="IStreamSource.SubscribeAsync"/>
    /// subscribes again.
    /// </summary>
    void Drop();
}
