namespace RedisBackplane.Wire;

/// <summary>The header of a frame, before its messages; the layout is in <see cref="FrameLayout"/>.</summary>
internal readonly record struct FrameHeader
{
    /// <summary>
    /// The highest id that the stream may have held before this batch. It distinguishes a jump (nothing is missing)
    /// from a gap.
    /// </summary>
    public required ulong PreviousId { get; init; }

    /// <summary>
    /// The id of the first message. The ids of the others follow without gaps, unless <see cref="HasOneId"/>.
    /// </summary>
    public required ulong FirstId { get; init; }

    /// <summary>
    /// The number of messages in the frame: at least one, except in an empty frame of the older package.
    /// </summary>
    public required int Count { get; init; }

    public required PublisherId Publisher { get; init; }

    /// <summary>
    /// The publisher's own number of the batch, starting at 1. Together with <see cref="Publisher"/> it identifies the
    /// batch permanently.
    /// </summary>
    public required ulong BatchNumber { get; init; }

    /// <summary>When the publisher closed the batch, on its own clock: microseconds since the Unix epoch.</summary>
    public required long SentAtMicroseconds { get; init; }

    /// <summary>
    /// The position in the history at which the frame ends; 0 if it is not kept there, or if that is not known.
    /// </summary>
    public ulong End { get; init; }

    /// <summary>Whether all messages share the first id, as in the format of the older package.</summary>
    public bool HasOneId { get; init; }

    /// <summary>
    /// Whether a server of the older package wrote it. Such a frame names no publisher, and the id before it is not
    /// known. <see cref="PreviousId"/> is then the most likely one: the frame's id minus 1.
    /// </summary>
    public bool IsAnonymous { get; init; }

    public ulong LastId => HasOneId ? FirstId : FirstId + (ulong)Count - 1;

    /// <param name="index">The message's index in the frame, from 0.</param>
    public ulong IdOf(int index) => HasOneId ? FirstId : FirstId + (ulong)index;
}
