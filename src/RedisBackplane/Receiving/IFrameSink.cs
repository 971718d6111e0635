using RedisBackplane.Wire;

namespace RedisBackplane.Receiving;

/// <summary>Where received frames go, in the order of their ids; one caller at a time.</summary>
internal interface IFrameSink
{
    /// <summary>Takes a frame over. Ids only rise; they may jump.</summary>
    void Append(in Frame frame);

    /// <summary>
    /// Subscriptions are so far behind that more frames would soon cost them messages. Where there is a history, frames are better left
    /// there for the moment. Ends after some seconds in any case. Cheap, to be asked after every frame; may be asked on any thread.
    /// </summary>
    bool IsCrowded { get; }

    /// <summary>
    /// What was appended so far is the past: whoever subscribed without a cursor begins behind <paramref name="lastId"/>.
    /// </summary>
    void Start(ulong lastId);
}
