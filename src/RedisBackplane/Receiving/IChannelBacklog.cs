namespace RedisBackplane.Receiving;

/// <summary>What the client library has received of a channel and the stream has not taken yet.</summary>
internal interface IChannelBacklog
{
    /// <summary>Payloads that wait; 0 where the client library does not say.</summary>
    int Count { get; }

    /// <summary>
    /// Leaves the channel at once, and lets go of what waits: none of it is handed over any more. The next
    /// <see cref="IStreamSource.SubscribeAsync"/> subscribes anew.
    /// </summary>
    void Drop();
}
