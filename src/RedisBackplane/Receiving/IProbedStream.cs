namespace RedisBackplane.Receiving;

/// <summary>What a <see cref="LivenessProbe"/> can read and do.</summary>
internal interface IProbedStream
{
    /// <summary>The connection that the stream uses at the moment; null while a new one is made.</summary>
    object? Connection { get; }

    /// <summary>Whether the client library believes that it is connected.</summary>
    bool IsConnected { get; }

    /// <summary>Whether the channel is subscribed and everything caught up, so that silence is meaningful.</summary>
    bool IsSettled { get; }

    /// <summary>Everything up to this id was received, or was reported as lost.</summary>
    ulong LastId { get; }

    /// <summary>Increases with every payload of the channel.</summary>
    long FramesHeard { get; }

    /// <summary>Increases when Redis confirms a batch. An answer that refuses one does not count.</summary>
    long BatchesConfirmed { get; }

    /// <summary>Whether a send has no answer yet.</summary>
    bool IsAwaitingReply { get; }

    /// <summary>How much longer than usual an answer may take, because of the bytes in flight.</summary>
    TimeSpan ExpectedDelay { get; }

    /// <summary>Returns what increases with every sign of life of the connection for commands from now on.</summary>
    Func<long> CountCommandSigns();

    /// <summary>Returns what increases with every sign of life of the connection of the channel from now on.</summary>
    Func<long> CountChannelSigns();

    /// <summary>Ends the wait for calls that the client library has lost.</summary>
    void GiveUpLostCalls();

    /// <summary>Makes a round trip on the connection of the channel.</summary>
    Task PingChannelAsync();

    /// <summary>Reads the last id that was given, on the connection for commands.</summary>
    Task<ulong?> ReadCounterAsync();

    /// <summary>Call it when the counter in Redis is below what this server has seen.</summary>
    void OnMemoryLost();

    void CatchUp();

    void Resubscribe();

    /// <summary>Replaces the connection, if the bus owns it.</summary>
    /// <param name="found">
    /// The connection that does not work. If another has replaced it already, nothing happens.
    /// </param>
    /// <returns>Whether this should be logged. If streams share a connection, only one of them logs it.</returns>
    bool Reconnect(object? found);
}
