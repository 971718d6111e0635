using System.Buffers.Binary;
using System.Runtime.InteropServices;
using RedisBackplane.Wire;

namespace RedisBackplane.Legacy;

/// <summary>
/// Writes messages in the format that servers of the older package read; the layout is in <see cref="LegacyFrame"/>.
/// Each message becomes a payload with an id of its own, because the older package delivers messages that share an id
/// sorted by key.
/// </summary>
internal static class LegacyWriter
{
    // A batch holds at most 65,536 messages.
    private const int BatchShift = 16;

    /// <summary>
    /// Creates the payloads of a batch, without the parts that only Redis knows: the id and the space at the beginning,
    /// and the previous id at the end.
    /// </summary>
    /// <param name="frame">The closed frame of the batch, with ids of 0. Its extensions are left out.</param>
    public static byte[][] Write(ReadOnlyMemory<byte> frame)
    {
        var header = frame.Span;
        var publisher = PublisherId.Read(header.Slice(FrameLayout.Publisher));
        var batch = BinaryPrimitives.ReadUInt64LittleEndian(header.Slice(FrameLayout.BatchNumber));
        var ticks = UnixTime.ToTicks(BinaryPrimitives.ReadInt64LittleEndian(header.Slice(FrameLayout.SentAt)));
        var payloads = new byte[BinaryPrimitives.ReadUInt32LittleEndian(header.Slice(FrameLayout.Count))][];
        var length = (int)BinaryPrimitives.ReadUInt32LittleEndian(header.Slice(FrameLayout.Length));

        if (!MemoryMarshal.TryGetArray(frame, out var bytes))
        {
            bytes = new ArraySegment<byte>(frame.ToArray());
        }

        var start = bytes.Offset + FrameLayout.Messages;
        var messages = new Frame.Enumerator(bytes.Array!, start, start + length);
        for (var i = 0; i < payloads.Length; i++)
        {
            _ = messages.MoveNext();
            payloads[i] = Write(messages.Current, ticks, publisher, (batch << BatchShift) | (uint)i);
        }

        return payloads;
    }

    private static byte[] Write(in FrameMessage message, long ticks, PublisherId publisher, ulong number)
    {
        var size = sizeof(int) + message.Source.Size + message.Key.Size + sizeof(int) + message.Value.Length
            + message.CommandId.Size + 2 + message.Filter.Size + sizeof(long);
        var payload = new byte[sizeof(int) + size + LegacyFrame.TrailerSize - sizeof(ulong)];
        var position = WriteInt32(payload, 0, size);
        position = WriteInt32(payload, position, 1);
        position = message.Copy(message.Source, payload, position);
        position = message.Copy(message.Key, payload, position);
        position = WriteInt32(payload, position, message.Value.Length);
        Buffer.BlockCopy(message.Buffer, message.Value.Offset, payload, position, message.Value.Length);
        position = message.Copy(message.CommandId, payload, position + message.Value.Length);
        payload[position++] = (message.Flags & MessageFlags.WaitForAck) != 0 ? (byte)1 : (byte)0;
        payload[position++] = (message.Flags & MessageFlags.Ack) != 0 ? (byte)1 : (byte)0;
        position = message.Copy(message.Filter, payload, position);
        BinaryPrimitives.WriteInt64LittleEndian(payload.AsSpan(position), ticks);

        var trailer = payload.AsSpan(position + sizeof(long));
        LegacyFrame.TrailerMagic.CopyTo(trailer);
        publisher.Write(trailer.Slice(LegacyFrame.TrailerPublisher));
        BinaryPrimitives.WriteUInt64LittleEndian(trailer.Slice(LegacyFrame.TrailerNumber), number);
        return payload;
    }

    private static int WriteInt32(byte[] payload, int position, int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(payload.AsSpan(position), value);
        return position + sizeof(int);
    }
}
