using RedisBackplane.Streams;

namespace RedisBackplane;

/// <summary>
/// The state of a <see cref="RedisMessageBus"/> at one moment. Counts are since the bus was made. Immutable.
/// </summary>
public sealed class RedisBackplaneStatus
{
    /// <summary>
    /// Whether every stream's channel is subscribed and messages go out. While it is <see langword="false"/>, messages
    /// of one stream at least wait: <see cref="Streams"/> tells which.
    /// </summary>
    public bool IsConnected { get; init; }

    /// <summary>Since when <see cref="IsConnected"/> has been what it is, in UTC.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>
    /// Whether a stream subscribes or fetches what it missed at this moment, while its Redis is there.
    /// </summary>
    public bool IsCatchingUp { get; init; }

    /// <summary>
    /// What <see cref="RedisStreamStatus.LastError"/> says of the first stream with which something is wrong;
    /// <see langword="null"/> if all work.
    /// </summary>
    public string? LastError { get; init; }

    /// <summary>
    /// How full the send queue of all streams is, by messages or by bytes, whichever is fuller: 0 to 1.
    /// </summary>
    public double QueueUsage { get; init; }

    /// <summary>
    /// Messages that wait for Redis, those in flight included; not those that go again because Redis lost its memory.
    /// </summary>
    public long QueueMessages { get; init; }

    /// <summary>Bytes that wait for Redis, those in flight included.</summary>
    public long QueueBytes { get; init; }

    /// <summary>
    /// The id of the last message received in the first stream; 0 before the first connection and on an empty stream.
    /// Each of <see cref="Streams"/> has ids of its own.
    /// </summary>
    public long LastId { get; init; }

    /// <summary>Whether Redis keeps a history of every stream, from which missed messages are fetched.</summary>
    public bool HasHistory { get; init; }

    /// <summary>Messages that Redis has stored for this bus.</summary>
    public long MessagesSent { get; init; }

    /// <summary>Messages that failed: refused by a full queue, dropped from it, or timed out.</summary>
    public long MessagesFailed { get; init; }

    /// <summary>Calls to Redis that failed and were tried again.</summary>
    public long Retries { get; init; }

    /// <summary>How often missed messages were fetched from the history.</summary>
    public long GapsFilled { get; init; }

    /// <summary>How often messages were missed that the history no longer held.</summary>
    public long GapsUnfilled { get; init; }

    /// <summary>Messages fetched from the history.</summary>
    public long MessagesReplayed { get; init; }

    /// <summary>
    /// Messages that are lost to this server, by their ids. If Redis lost its memory in the gap, the ids jumped, and
    /// the number of messages is unknown. A gap of more than 100 million ids counts as one message; a smaller one may
    /// count more than were sent.
    /// </summary>
    public long MessagesLost { get; init; }

    /// <summary>Payloads on the channel that were no frame of this backplane, skipped.</summary>
    public long FramesSkipped { get; init; }

    /// <summary>
    /// Frames that were dropped because none of <see cref="RedisBackplaneOptions.AuthenticationKeys"/> had signed them;
    /// not among <see cref="FramesSkipped"/>.
    /// </summary>
    public long FramesUnauthenticated { get; init; }

    /// <summary>Frames that came twice and were delivered once.</summary>
    public long FramesDuplicate { get; init; }

    /// <summary>How often a connection came back or was replaced.</summary>
    public long Reconnects { get; init; }

    /// <summary>Each stream by itself, in the order of their indexes.</summary>
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
                static stream => stream.Sent.RejectedMessages + stream.Sent.DroppedMessages + stream.Sent.TimedOutMessages),
            Retries = all.Sum(static stream => stream.Sent.InterruptedCalls),
            GapsFilled = all.Sum(static stream => stream.Received.GapsFilled),
            GapsUnfilled = all.Sum(static stream => stream.Received.GapsUnfilled),
            MessagesReplayed = all.Sum(static stream => stream.Received.Replayed),
            MessagesLost = each.Sum(static stream => stream.MessagesLost),
            FramesSkipped = all.Sum(static stream => stream.Received.Malformed + stream.Received.Foreign),
            FramesUnauthenticated = all.Sum(static stream => stream.Received.Unauthenticated),
            FramesDuplicate = all.Sum(static stream => stream.Received.Duplicates),
            Reconnects = streams.Reconnects,
            Streams = each,
        };
    }
}
