using RedisBackplane.Wire;

namespace RedisBackplane.Receiving;

/// <summary>Takes received frames, in the order of their ids, from one caller at a time.</summary>
internal interface IFrameSink
{
    /// <summary>Takes a frame over. Ids only grow; they may jump.</summary>
    void Append(in Frame frame);

    /// <summary>
    /// Whether subscriptions are so far behind that they would soon miss messages if more frames were appended. If
    /// there is a history, frames should stay in it for the moment. This state ends after a few seconds in any case.
    /// Cheap enough to read after every frame, on any thread.
    /// </summary>
    bool IsCrowded { get; }

    /// <summary>
    /// Frames up to here are not new: a subscription without a cursor starts after <paramref name="lastId"/>.
    /// </summary>
    void Start(ulong lastId);
}
