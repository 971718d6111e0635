namespace RedisBackplane;

/// <summary>
/// The state of one stream of a <see cref="RedisMessageBus"/> at one moment; see <see cref="RedisBackplaneStatus"/>.
/// Counts are since the bus was made. Immutable.
/// </summary>
public sealed class RedisStreamStatus
{
    /// <summary>Which stream it is, counted from 0.</summary>
    public int Index { get; init; }

    /// <summary>The Redis that carries it; never a password.</summary>
    public string Endpoints { get; init; } = string.Empty;

    /// <summary>
    /// Whether the stream's channel is subscribed and its messages go out. While it is <see langword="false"/> they
    /// wait.
    /// </summary>
    public bool IsConnected { get; init; }

    /// <summary>Since when <see cref="IsConnected"/> has been what it is, in UTC.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>Whether Redis is there and the stream subscribes or fetches what it missed at this moment.</summary>
    public bool IsCatchingUp { get; init; }

    /// <summary>
    /// Why the last attempt to connect, to subscribe, to read the history or to send failed, in the words of Redis if
    /// it said any, else in those of StackExchange.Redis or of the application's factory; <see langword="null"/> once
    /// it works.
    /// </summary>
    public string? LastError { get; init; }

    /// <summary>
    /// How much of the send queue, which all streams share, this one fills, by messages or by bytes, whichever is more:
    /// 0 to 1.
    /// </summary>
    public double QueueUsage { get; init; }

    /// <summary>Messages that wait for Redis, those in flight included.</summary>
    public long QueueMessages { get; init; }

    /// <summary>Bytes that wait for Redis, those in flight included.</summary>
    public long QueueBytes { get; init; }

    /// <summary>The id of the last message received; 0 before the first connection and on an empty stream.</summary>
    public long LastId { get; init; }

    /// <summary>Whether Redis keeps a history, from which missed messages are fetched.</summary>
    public bool HasHistory { get; init; }

    /// <summary>Messages that Redis has stored for this bus.</summary>
    public long MessagesSent { get; init; }

    /// <summary>
    /// Messages that this server missed for good; see <see cref="RedisBackplaneStatus.MessagesLost"/>.
    /// </summary>
    public long MessagesLost { get; init; }
}
