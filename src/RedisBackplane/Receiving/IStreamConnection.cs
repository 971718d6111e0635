namespace RedisBackplane.Receiving;

/// <summary>What the <see cref="LivenessProbe"/> of one stream asks of the connection that carries it.</summary>
internal interface IStreamConnection
{
    /// <summary>Whether the client library believes that it is connected.</summary>
    bool IsConnected { get; }

    /// <summary>Counts the connections: one that was replaced, or came back, has another number.</summary>
    long Number { get; }

    /// <summary>A round trip on the connection that carries the channel.</summary>
    Task PingChannelAsync();

    /// <summary>
    /// The last id given, by a round trip on the connection that carries commands; <see langword="null"/> if Redis knows none.
    /// </summary>
    Task<ulong?> ReadCounterAsync();

    /// <summary>The next <see cref="IStreamSource.SubscribeAsync"/> subscribes anew, whatever the client library believes.</summary>
    void ForgetSubscription();

    /// <summary>Replaces the connection with this <see cref="Number"/>, if the bus owns it and it is still the current one.</summary>
    void Replace(long number);
}
