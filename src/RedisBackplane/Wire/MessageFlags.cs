namespace RedisBackplane.Wire;

/// <summary>The optional parts of a message in a frame; the layout is in <see cref="FrameLayout"/>.</summary>
[Flags]
internal enum MessageFlags : byte
{
    None = 0,
    Command = 1,
    WaitForAck = 2,
    Ack = 4,
    Filter = 8,
    SameSource = 16,

    All = Command | WaitForAck | Ack | Filter | SameSource,
}
