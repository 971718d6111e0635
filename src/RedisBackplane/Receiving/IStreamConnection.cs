namespace RedisBackplane.Receiving;

/// <summary>What the <see cref="LivenessProbe"/> of one stream needs from its connection.</summary>
internal interface IStreamConnection
{
    /// <summary>Whether the client library believes that it is connected.</summary>
    bool IsConnected { get; }

    /// <summary>
    /// Identifies the present connection; a connection that replaces it is another object. Null if there is none.
    /// </summary>
    object? Current { get; }

    /// <summary>Counts up with what comes on the connection that carries commands, also for other streams.</summary>
    long CommandSigns { get; }

    /// <summary>
    /// Counts up with what comes on the connection that carries the channel, but for payloads of the channel.
    /// </summary>
    long ChannelSigns { get; }

    /// <summary>How much longer than usual an answer may take, for what is under way.</summary>
    TimeSpan ExpectedDelay { get; }

    /// <summary>A round trip on the connection that carries the channel.</summary>
    Task PingChannelAsync();

    /// <summary>
    /// The last id given, by a round trip on the connection that carries commands; <see langword="null"/> if Redis
    /// knows none.
    /// </summary>
    Task<ulong?> ReadCounterAsync();

    /// <summary>
    /// Makes the next <see cref="IStreamSource.SubscribeAsync"/> subscribe again, even if the client library believes
    /// that it is subscribed.
    /// </summary>
    void ForgetSubscription();

    /// <summary>
    /// Replaces the connection that was <see cref="Current"/>, if the bus owns it and it is still the present one.
    /// </summary>
    /// <returns>Whether that is news, to be logged.</returns>
    bool Replace(object? found);
}
