namespace RedisBackplane;

/// <summary>
/// The messages that are lost to a server: neither the channel nor the history delivered them. Immutable.
/// </summary>
public sealed class MessagesLostEventArgs : EventArgs
{
    /// <summary>Makes the arguments.</summary>
    /// <param name="afterId">The last id before the gap.</param>
    /// <param name="upToId">The last id of the gap.</param>
    /// <param name="streamIndex">The stream whose messages are missing.</param>
    public MessagesLostEventArgs(long afterId, long upToId, int streamIndex)
    {
        AfterId = afterId;
        UpToId = upToId;
        StreamIndex = streamIndex;
    }

    /// <summary>The stream whose messages are missing, counted from 0.</summary>
    public int StreamIndex { get; }

    /// <summary>The last id before the gap.</summary>
    public long AfterId { get; }

    /// <summary>The last id of the gap.</summary>
    public long UpToId { get; }
}
