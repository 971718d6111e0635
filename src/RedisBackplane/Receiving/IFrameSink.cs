using RedisBackplane.Wire;

namespace RedisBackplane.Receiving;

/// <summary>Takes received frames, in the order of their ids, from one caller at a time.</summary>
internal interface IFrameSink
{
    /// <summary>Takes a frame over. Ids only rise; they may jump.</summary>
    void Append(in Frame frame);

    /// <summary>
    /// Whether subscriptions are so far behind that more frames would soon cost them messages. If there is a history,
    /// frames should then stay in it for the moment. It ends after a few seconds in any case. Cheap enough to read
    /// after every frame, on any thread.
    /// </summary>
    bool IsCrowded { get; }

    /// <summary>
    /// Frames up to here are the past: a subscription without a cursor begins after <paramref name="lastId"/>.
    /// </summary>
    void Start(ulong lastId);
}
