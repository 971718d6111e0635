namespace RedisBackplane.Receiving;

/// <summary>What the client library has received of a channel and the stream has not taken yet.</summary>
internal interface IChannelBacklog
{
    /// <summary>Payloads that wait; 0 where the client library does not say.</summary>
    int Count { get; }

    /// <summary>
    /// Leaves the channel at once, and drops the waiting payloads. The next <see cref="IStreamSource.SubscribeAsync"/>
    /// subscribes again.
    /// </summary>
    void Drop();
}
