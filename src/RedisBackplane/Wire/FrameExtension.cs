namespace RedisBackplane.Wire;

/// <summary>What may follow the messages of a frame. The numbers are for ever; a reader passes over those it does not know.</summary>
internal enum FrameExtension : byte
{
    /// <summary>Where the publish stood in a distributed trace.</summary>
    TraceContext = 1,

    /// <summary>
    /// Proves that the frame was written by somebody who has the farm's key. Always the last one: it covers what stands before it.
    /// </summary>
    Authentication = 2,
}
