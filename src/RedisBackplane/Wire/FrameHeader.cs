namespace RedisBackplane.Wire;

/// <summary>The header of a frame, before its messages; the layout is in <see cref="FrameLayout"/>.</summary>
internal readonly record struct FrameHeader
{
    /// <summary>
    /// The highest id the stream may have held before this batch: tells a jump (nothing missing) from a gap.
    /// </summary>
    public required ulong PreviousId { get; init; }

    /// <summary>The id of the first message; the others follow without holes, unless <see cref="HasOneId"/>.</summary>
    public required ulong FirstId { get; init; }

    /// <summary>
    /// How many messages the frame carries; at least one, but for an empty frame of the older package.
    /// </summary>
    public required int Count { get; init; }

    public required PublisherId Publisher { get; init; }

    /// <summary>
    /// The publisher's own number of the batch, from 1. Together with <see cref="Publisher"/> it identifies the batch
    /// permanently.
    /// </summary>
    public required ulong BatchNumber { get; init; }

    /// <summary>When the publisher closed the batch, by its own clock: microseconds since the Unix epoch.</summary>
    public required long SentAtMicroseconds { get; init; }

    /// <summary>
    /// The position in the history at which the frame ends; 0 when it is not kept there, or that is not known.
    /// </summary>
    public ulong End { get; init; }

    /// <summary>All messages share one id, the first: it is so in the format of the older package.</summary>
    public bool HasOneId { get; init; }

    /// <summary>
    /// A server of the older package wrote it: it names no publisher, and what was before it is not known. <see
    /// cref="PreviousId"/> says what is likeliest, the id before its own.
    /// </summary>
    public bool IsAnonymous { get; init; }

    public ulong LastId => HasOneId ? FirstId : FirstId + (ulong)Count - 1;

    /// <param name="index">Its number in the frame, from 0.</param>
    public ulong IdOf(int index) => HasOneId ? FirstId : FirstId + (ulong)index;
}
