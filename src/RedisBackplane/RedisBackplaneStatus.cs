using RedisBackplane.Streams;

namespace RedisBackplane;

/// <summary>
/// The state of a <see cref="RedisMessageBus"/> at one moment. Counts are since the bus was made. Immutable.
/// </summary>
public sealed class RedisBackplaneStatus
{
    /// <summary>
    /// Whether every stream's channel is subscribed and messages are sent. While it is <see langword="false"/>,
    /// messages of at least one stream wait; <see cref="Streams"/> shows which.
    /// </summary>
    public bool IsConnected { get; init; }

    /// <summary>When <see cref="IsConnected"/> last changed, in UTC.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>Whether a stream is subscribing or reading what it missed, while its Redis is reachable.</summary>
    public bool IsCatchingUp { get; init; }

    /// <summary>
    /// The <see cref="RedisStreamStatus.LastError"/> of the first stream that has one; <see langword="null"/> if all
    /// streams work.
    /// </summary>
    public string? LastError { get; init; }

    /// <summary>
    /// How full the send queue of all streams is, by messages or by bytes, whichever is more: 0 to 1.
    /// </summary>
    public double QueueUsage { get; init; }

    /// <summary>
    /// Messages that wait for Redis, including those in flight, but not those that are sent again because Redis lost
    /// its memory.
    /// </summary>
    public long QueueMessages { get; init; }

    /// <summary>Bytes that wait for Redis, including those in flight.</summary>
    public long QueueBytes { get; init; }

    /// <summary>
    /// The id of the last message received in the first stream; 0 before the first connection and on an empty stream.
    /// Each of <see cref="Streams"/> has its own ids.
    /// </summary>
    public long LastId { get; init; }

    /// <summary>Whether Redis keeps a history of every stream, from which missed messages are read.</summary>
    public bool HasHistory { get; init; }

    /// <summary>Messages that Redis has stored for this bus.</summary>
    public long MessagesSent { get; init; }

    /// <summary>
    /// Messages that failed: refused (the queue is full, Redis is away and the policy is
    /// <see cref="QueuePolicy.FailFast"/>, or the message is too large), dropped from the queue, or timed out.
    /// </summary>
    public long MessagesFailed { get; init; }

    /// <summary>Calls to Redis that failed and were retried.</summary>
    public long Retries { get; init; }

    /// <summary>How often missed messages were read from the history.</summary>
    public long GapsFilled { get; init; }

    /// <summary>How often messages were missed that the history no longer held.</summary>
    public long GapsUnfilled { get; init; }

    /// <summary>Messages read from the history.</summary>
    public long MessagesReplayed { get; init; }

    /// <summary>
    /// Messages that are lost to this server, by their ids. If Redis lost its memory in the gap, the ids restarted, and
    /// the number of messages is unknown: such a gap counts as one message. It is recognised by its length. If the ids
    /// had restarted less than a tenth of a second before, it may count as up to 65,536.
    /// </summary>
    public long MessagesLost { get; init; }

    /// <summary>Payloads on the channel that were no frame of this backplane and were skipped.</summary>
    public long FramesSkipped { get; init; }

    /// <summary>
    /// Frames that were dropped because none of <see cref="RedisBackplaneOptions.AuthenticationKeys"/> had signed them.
    /// They are not included in <see cref="FramesSkipped"/>.
    /// </summary>
    public long FramesUnauthenticated { get; init; }

    /// <summary>Frames that arrived twice and were delivered once.</summary>
    public long FramesDuplicate { get; init; }

    /// <summary>How often a connection came back or was replaced.</summary>
    public long Reconnects { get; init; }

    /// <summary>The state of each stream, in the order of their indexes.</summary>
    public IReadOnlyList<RedisStreamStatus> Streams { get; init; } = [];

    internal static RedisBackplaneStatus From(OpenState.Snapshot state, BackplaneStreams streams)
    {
        var all = streams.All;
        var each = all.Select(static stream => stream.GetStatus()).ToArray();
        return new RedisBackplaneStatus
        {
            IsConnected = state.IsOpen,
            Since = state.Since,
            IsCatchingUp = Array.Exists(each, static stream => stream.IsCatchingUp),
            LastError = Array.Find(each, static stream => stream.LastError is not null)?.LastError,
            QueueUsage = streams.QueueUsage,
            QueueMessages = each.Sum(static stream => stream.QueueMessages),
            QueueBytes = each.Sum(static stream => stream.QueueBytes),
            LastId = each[0].LastId,
            HasHistory = Array.TrueForAll(each, static stream => stream.HasHistory),
            MessagesSent = each.Sum(static stream => stream.MessagesSent),
            MessagesFailed = all.Sum(
                static stream =>
                    stream.Sent.RejectedMessages.Value + stream.Sent.DroppedMessages.Value + stream.Sent.TimedOutMessages.Value),
            Retries = all.Sum(static stream => stream.Sent.InterruptedCalls.Value),
            GapsFilled = all.Sum(static stream => stream.Received.GapsFilled.Value),
            GapsUnfilled = all.Sum(static stream => stream.Received.GapsUnfilled.Value),
            MessagesReplayed = all.Sum(static stream => stream.Received.Replayed.Value),
            MessagesLost = each.Sum(static stream => stream.MessagesLost),
            FramesSkipped = all.Sum(static stream => stream.Received.Malformed.Value + stream.Received.Foreign.Value),
            FramesUnauthenticated = all.Sum(static stream => stream.Received.Unauthenticated.Value),
            FramesDuplicate = all.Sum(static stream => stream.Received.Duplicates.Value),
            Reconnects = streams.Reconnects,
            Streams = each,
        };
    }
}
