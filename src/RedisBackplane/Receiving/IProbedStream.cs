namespace RedisBackplane.Receiving;

/// <summary>What a <see cref="LivenessProbe"/> can ask and do.</summary>
internal interface IProbedStream
{
    /// <summary>Whether the client library believes that it is connected.</summary>
    bool IsConnected { get; }

    /// <summary>Whether the channel is subscribed and caught up, so that a silence is meaningful.</summary>
    bool IsSettled { get; }

    /// <summary>Everything up to this id was received, or was reported as lost.</summary>
    ulong LastId { get; }

    /// <summary>Counts up with every payload of the channel.</summary>
    long FramesHeard { get; }

    /// <summary>Counts up with every answer to a send.</summary>
    long RepliesHeard { get; }

    /// <summary>A send has no answer yet.</summary>
    bool IsAwaitingReply { get; }

    /// <summary>Counts up with every sign that the connection for commands lives.</summary>
    long CommandSigns { get; }

    /// <summary>Counts up with every sign that the connection of the channel lives.</summary>
    long ChannelSigns { get; }

    /// <summary>How much longer than usual an answer may take, for what is under way.</summary>
    TimeSpan ExpectedDelay { get; }

    /// <summary>A round trip on the connection that carries the channel.</summary>
    Task PingChannelAsync();

    /// <summary>The last id given, by a round trip on the connection that carries commands.</summary>
    Task<ulong?> ReadCounterAsync();

    /// <summary>Call it when the counter in Redis is below what this server has seen.</summary>
    void OnMemoryLost();

    void CatchUp();

    void Resubscribe();

    /// <summary>Replaces the connection, if the bus owns it.</summary>
    /// <returns>Whether that is news, to be logged: of the streams of a connection one tells.</returns>
    bool Reconnect();
}
