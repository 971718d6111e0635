namespace RedisBackplane;

/// <summary>
/// The state of one stream of a <see cref="RedisMessageBus"/> at one moment; see <see cref="RedisBackplaneStatus"/>.
/// Counts are since the bus was made. Immutable.
/// </summary>
public sealed class RedisStreamStatus
{
    /// <summary>The index of the stream, counted from 0.</summary>
    public int Index { get; init; }

    /// <summary>The Redis servers of the stream; never a password.</summary>
    public string Endpoints { get; init; } = string.Empty;

    /// <summary>
    /// Whether the stream's channel is subscribed and its messages are sent. While it is <see langword="false"/>, they
    /// wait.
    /// </summary>
    public bool IsConnected { get; init; }

    /// <summary>When <see cref="IsConnected"/> last changed, in UTC.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>Whether the stream is subscribing or reading what it missed, while Redis is reachable.</summary>
    public bool IsCatchingUp { get; init; }

    /// <summary>
    /// Why the last attempt to connect, to subscribe, to read the history or to send failed; <see langword="null"/> if
    /// it works. The words are those of Redis if it gave a reason, otherwise those of StackExchange.Redis or of the
    /// application's factory.
    /// </summary>
    public string? LastError { get; init; }

    /// <summary>
    /// The stream's part of the send queue that all streams share, by messages or by bytes, whichever is more: 0 to 1.
    /// </summary>
    public double QueueUsage { get; init; }

    /// <summary>Messages that wait for Redis, including those in flight.</summary>
    public long QueueMessages { get; init; }

    /// <summary>Bytes that wait for Redis, including those in flight.</summary>
    public long QueueBytes { get; init; }

    /// <summary>The id of the last message received; 0 before the first connection and on an empty stream.</summary>
    public long LastId { get; init; }

    /// <summary>Whether Redis keeps a history, from which missed messages are read.</summary>
    public bool HasHistory { get; init; }

    /// <summary>Messages that Redis has stored for this bus.</summary>
    public long MessagesSent { get; init; }

    /// <summary>
    /// Messages that this server missed for good; see <see cref="RedisBackplaneStatus.MessagesLost"/>.
    /// </summary>
    public long MessagesLost { get; init; }
}
