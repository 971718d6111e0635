using Microsoft.AspNet.SignalR.Messaging;

namespace RedisBackplane.Wire;

/// <summary>
/// One message in its frame: offsets, without a copy. It is valid as long as the bytes of the frame are.
/// </summary>
internal readonly struct FrameMessage
{
    public required byte[] Buffer { get; init; }

    public required MessageFlags Flags { get; init; }

    public required Slice Key { get; init; }

    /// <summary>
    /// The place of the source. With <see cref="MessageFlags.SameSource"/>, it is in an earlier message of the frame.
    /// </summary>
    public required Slice Source { get; init; }

    public required Slice CommandId { get; init; }

    public required Slice Filter { get; init; }

    public required Slice Value { get; init; }

    /// <summary>
    /// Whether it is a command to SignalR itself (a group change, an abort), and not the acknowledgement of one.
    /// </summary>
    public bool IsCommand => (Flags & (MessageFlags.Command | MessageFlags.Ack)) == MessageFlags.Command;

    public string GetString(Slice slice) => WireText.Read(Buffer, slice.Offset, slice.Length);

    /// <summary>
    /// Converts it to SignalR's message. The value shares the frame's bytes, unless the message has a command id.
    /// </summary>
    /// <param name="id">The id of the message, SignalR's mapping id.</param>
    /// <param name="key">
    /// Its key, if the caller has the string already; otherwise the key is read from the frame.
    /// </param>
    /// <param name="source">
    /// Its source, if the caller has the string already; otherwise the source is read from the frame.
    /// </param>
    public Message ToMessage(ulong id, int streamIndex, string? key = null, string? source = null) => new()
    {
        Key = key ?? GetString(Key),
        Source = source ?? GetString(Source),
        // SignalR reads the value of a command with a reader that ignores the offset of a segment.
        Value = (Flags & MessageFlags.Command) != 0
            ? new ArraySegment<byte>(Buffer.AsSpan(Value.Offset, Value.Length).ToArray())
            : new ArraySegment<byte>(Buffer, Value.Offset, Value.Length),
        CommandId = (Flags & MessageFlags.Command) != 0 ? GetString(CommandId) : null,
        Filter = (Flags & MessageFlags.Filter) != 0 ? GetString(Filter) : null,
        WaitForAck = (Flags & MessageFlags.WaitForAck) != 0,
        IsAck = (Flags & MessageFlags.Ack) != 0,
        MappingId = id,
        StreamIndex = streamIndex,
    };

    /// <summary>Copies a text with its length before it.</summary>
    /// <returns>The position after it.</returns>
    public int Copy(Slice text, byte[] buffer, int position)
    {
        Varint.Write(buffer, position, (uint)text.Length);
        position += Varint.SizeOf((uint)text.Length);
        System.Buffer.BlockCopy(Buffer, text.Offset, buffer, position, text.Length);
        return position + text.Length;
    }

    /// <summary>A range of the frame's bytes.</summary>
    internal readonly record struct Slice(int Offset, int Length)
    {
        /// <summary>The bytes that it takes with its length before it.</summary>
        public int Size => Varint.SizeOf((uint)Length) + Length;
    }
}
