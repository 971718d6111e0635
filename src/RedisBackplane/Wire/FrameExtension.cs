namespace RedisBackplane.Wire;

/// <summary>
/// The extensions that may follow the messages of a frame. The numbers never change; a reader skips those that it does
/// not know.
/// </summary>
internal enum FrameExtension : byte
{
    /// <summary>The trace contexts of the publishes.</summary>
    TraceContext = 1,

    /// <summary>
    /// Proves that the writer of the frame has a key of the farm. Always the last one: it covers everything before it.
    /// </summary>
    Authentication = 2,
}
