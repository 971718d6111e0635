namespace RedisBackplane.Wire;

/// <summary>
/// Enumerates the keys of the messages of a frame. For messages without a local subscriber, a server reads nothing
/// else. Only for bytes that <see cref="Frame.TryRead"/> has accepted; the layout is in <see cref="FrameLayout"/>.
/// </summary>
internal struct FrameKeyEnumerator(byte[] buffer, int start, int end)
{
    private int _next = start;
    private int _key;
    private int _keyLength;

    /// <summary>Where the current message begins in the frame's bytes.</summary>
    public int Offset { get; private set; }

    /// <summary>
    /// Where the message begins that contains the current one's source. This is often the current message itself.
    /// </summary>
    public int SourceOffset { get; private set; }

    /// <summary>The bytes of the current message, including its length prefix.</summary>
    public readonly int Length => _next - Offset;

    public readonly ReadOnlySpan<byte> Key => buffer.AsSpan(_key, _keyLength);

    /// <summary>
    /// Whether it is a command to SignalR itself (a group change, an abort), and not an acknowledgement of one.
    /// </summary>
    public readonly bool IsCommand
    {
        get
        {
            // Reads the source again, because it is needed for only a few messages of a frame.
            var position = Offset;
            _ = ReadVarint(ref position);
            return ((MessageFlags)buffer[position] & (MessageFlags.Command | MessageFlags.Ack)) == MessageFlags.Command;
        }
    }

    public bool MoveNext()
    {
        var position = _next;
        if (position >= end)
        {
            return false;
        }

        Offset = position;
        var length = ReadVarint(ref position);
        _next = position + length;
        if (((MessageFlags)buffer[position++] & MessageFlags.SameSource) == 0)
        {
            SourceOffset = Offset;
        }

        _keyLength = ReadVarint(ref position);
        _key = position;
        return true;
    }

    private readonly int ReadVarint(ref int position)
    {
        int next = buffer[position++];
        if (next < 0x80)
        {
            return next;
        }

        var value = next & 0x7F;
        for (var shift = 7; shift <= 28; shift += 7)
        {
            next = buffer[position++];
            value |= (next & 0x7F) << shift;
            if (next < 0x80)
            {
                break;
            }
        }

        return value;
    }
}
