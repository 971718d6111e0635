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

    /// <summary>
    /// Increases with everything that arrives on the connection for commands, also for other streams.
    /// </summary>
    long CommandSigns { get; }

    /// <summary>
    /// Increases with everything that arrives on the connection of the channel, except payloads of the channel.
    /// </summary>
    long ChannelSigns { get; }

    /// <summary>How much longer than usual an answer may take, because of the bytes in flight.</summary>
    TimeSpan ExpectedDelay { get; }

    /// <summary>Makes a round trip on the connection of the channel.</summary>
    Task PingChannelAsync();

    /// <summary>
    /// Reads the last id that was given, on the connection for commands; <see langword="null"/> if Redis has none.
    /// </summary>
    Task<ulong?> ReadCounterAsync();

    /// <summary>
    /// Makes the next <see cref="IStreamSource.SubscribeAsync"/> subscribe again, even if the client library believes
    /// that it is subscribed.
    /// </summary>
    void ForgetSubscription();

    /// <summary>
    /// Replaces the connection that was <see cref="Current"/>, if the bus owns it and it is still the current one.
    /// </summary>
    /// <returns>Whether this should be logged.</returns>
    bool Replace(object? found);
}
