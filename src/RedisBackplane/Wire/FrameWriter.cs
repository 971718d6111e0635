using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using Microsoft.AspNet.SignalR.Messaging;

namespace RedisBackplane.Wire;

/// <summary>
/// Writes one frame in the layout of <see cref="FrameLayout"/>. Not thread-safe. The buffer is rented. The caller that
/// knows that nobody reads it any more calls <see cref="Recycle"/>.
/// </summary>
internal sealed class FrameWriter
{
    private const int LeastCapacity = 256;

    private byte[] _buffer;
    private bool _isRented = true;
    private int _length = FrameLayout.Messages;
    private int _extensionsLength;
    private string? _lastSource;

    /// <param name="expectedLength">The expected length. The buffer grows if it becomes longer.</param>
    public FrameWriter(int expectedLength = 0) => _buffer = ArrayPool<byte>.Shared.Rent(Math.Max(LeastCapacity, expectedLength));

    /// <summary>Restores the writer of a frame that was complete, including its extensions.</summary>
    /// <param name="frame">The bytes of the frame. They are copied.</param>
    /// <param name="length">Its <see cref="Length"/>.</param>
    public static FrameWriter Restore(ReadOnlySpan<byte> frame, int length, int count)
    {
        var writer = new FrameWriter(frame.Length) { _length = length, _extensionsLength = frame.Length - length, Count = count };
        frame.CopyTo(writer._buffer);
        return writer;
    }

    /// <summary>The number of messages written so far.</summary>
    public int Count { get; private set; }

    /// <summary>
    /// The bytes of the header and the messages so far. Extensions are not included, so a batch has the same length
    /// before and after it is completed.
    /// </summary>
    public int Length => _length;

    /// <summary>The bytes of memory that the buffer takes.</summary>
    public int Capacity => _buffer.Length;

    /// <summary>An upper bound of the bytes that <see cref="Append"/> would add.</summary>
    public static long MaxSizeOf(Message message) =>
        (5L * Varint.MaxSize) + 1
        + (3L * ((message.Key?.Length ?? 0) + (message.Source?.Length ?? 0)
            + (message.CommandId?.Length ?? 0) + (message.Filter?.Length ?? 0)))
        + message.Value.Count;

    /// <summary>Adds a message. Its value is copied: the caller may change it afterwards.</summary>
    /// <exception cref="ArgumentException">The message does not fit into a frame of 1 GiB.</exception>
    public void Append(Message message)
    {
        var room = MaxSizeOf(message);
        if (_length + room > int.MaxValue / 2)
        {
            throw new ArgumentException(
                $"A message of {message.Value.Count:N0} bytes does not fit into a frame that holds {_length:N0} already.",
                nameof(message));
        }

        Reserve((int)room);

        var key = message.Key ?? string.Empty;
        var source = message.Source ?? string.Empty;
        var flags = (message.WaitForAck ? MessageFlags.WaitForAck : MessageFlags.None)
            | (message.IsAck ? MessageFlags.Ack : MessageFlags.None)
            | (string.IsNullOrEmpty(message.CommandId) ? MessageFlags.None : MessageFlags.Command)
            | (string.IsNullOrEmpty(message.Filter) ? MessageFlags.None : MessageFlags.Filter)
            | (string.Equals(source, _lastSource, StringComparison.Ordinal) ? MessageFlags.SameSource : MessageFlags.None);

        // The length is known only at the end. Leave room for the longest varint, write the value behind it, then close
        // the gap.
        var start = _length;
        var position = start + Varint.MaxSize;
        _buffer[position++] = (byte)flags;
        position = WriteString(position, key);
        if ((flags & MessageFlags.SameSource) == 0)
        {
            position = WriteString(position, source);
            _lastSource = source;
        }

        if ((flags & MessageFlags.Command) != 0)
        {
            position = WriteString(position, message.CommandId!);
        }

        if ((flags & MessageFlags.Filter) != 0)
        {
            position = WriteString(position, message.Filter!);
        }

        var metadata = position - start - Varint.MaxSize;
        var value = message.Value;
        var size = Varint.SizeOf((uint)(metadata + value.Count));
        Buffer.BlockCopy(_buffer, start + Varint.MaxSize, _buffer, start + size, metadata);
        Varint.Write(_buffer, start, (uint)(metadata + value.Count));
        position = start + size + metadata;
        if (value.Count > 0)
        {
            Buffer.BlockCopy(value.Array!, value.Offset, _buffer, position, value.Count);
        }

        _length = position + value.Count;
        Count++;
    }

    /// <summary>The frame as written so far.</summary>
    public ReadOnlyMemory<byte> Frame => _buffer.AsMemory(0, WholeLength);

    private int WholeLength => _length + _extensionsLength;

    /// <summary>
    /// Completes the frame, except for its ids and its extensions. Only Redis can assign the ids; until then they are
    /// 0.
    /// </summary>
    /// <returns>The part of the frame that follows the ids.</returns>
    public ReadOnlyMemory<byte> Complete(PublisherId publisher, ulong batchNumber, long sentAtMicroseconds)
    {
        Debug.Assert(Count > 0, "A frame carries at least one message.");
        var header = _buffer.AsSpan(0, FrameLayout.Messages);
        FrameLayout.Magic.CopyTo(header);
        header.Slice(FrameLayout.PreviousId, FrameLayout.Body - FrameLayout.PreviousId).Clear();
        publisher.Write(header.Slice(FrameLayout.Publisher));
        BinaryPrimitives.WriteUInt64LittleEndian(header.Slice(FrameLayout.BatchNumber), batchNumber);
        BinaryPrimitives.WriteInt64LittleEndian(header.Slice(FrameLayout.SentAt), sentAtMicroseconds);
        BinaryPrimitives.WriteUInt32LittleEndian(header.Slice(FrameLayout.Count), (uint)Count);
        BinaryPrimitives.WriteUInt32LittleEndian(header.Slice(FrameLayout.Length), (uint)(_length - FrameLayout.Messages));
        _extensionsLength = 0;
        return Frame.Slice(FrameLayout.Body);
    }

    /// <summary>Adds an extension to a complete frame.</summary>
    /// <param name="length">The length of its content in bytes.</param>
    /// <returns>
    /// The memory for the content. Write it at once. Memory taken from <see cref="Frame"/> earlier may belong to
    /// another buffer.
    /// </returns>
    public Span<byte> AppendExtension(FrameExtension kind, int length)
    {
        var size = Varint.SizeOf((uint)length);
        Reserve(1 + size + length);
        var start = WholeLength;
        _buffer[start] = (byte)kind;
        Varint.Write(_buffer, start + 1, (uint)length);
        _extensionsLength += 1 + size + length;
        return _buffer.AsSpan(start + 1 + size, length);
    }

    /// <summary>
    /// Moves the bytes of a complete frame to a smaller buffer, if that saves much memory. As with
    /// <see cref="Recycle"/>, nobody may still read them.
    /// </summary>
    public void Trim()
    {
        if (_isRented && _buffer.Length > 2 * WholeLength)
        {
            var exact = Frame.ToArray();
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = exact;
            _isRented = false;
        }
    }

    /// <summary>The whole frame with the ids that the script would write; for tests and benchmarks.</summary>
    public byte[] ToFrame(ulong previousId, ulong firstId, ulong position = 0)
    {
        var frame = Frame.ToArray();
        FrameLayout.Magic.CopyTo(frame);
        BinaryPrimitives.WriteUInt64LittleEndian(frame.AsSpan(FrameLayout.PreviousId), previousId);
        BinaryPrimitives.WriteUInt64LittleEndian(frame.AsSpan(FrameLayout.FirstId), firstId);
        BinaryPrimitives.WriteUInt64LittleEndian(frame.AsSpan(FrameLayout.Position), position);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(FrameLayout.Size), (uint)frame.Length);
        return frame;
    }

    /// <summary>
    /// Returns the buffer to its pool. Call it only if nothing can still read the frame, not even a socket.
    /// </summary>
    public void Recycle()
    {
        var buffer = _buffer;
        _buffer = [];
        _length = 0;
        if (_isRented)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private int WriteString(int position, string value)
    {
        // Most strings are ASCII and have as many bytes as characters. Try that length first.
        var prefix = Varint.SizeOf((uint)value.Length);
        var written = WireText.Write(value, _buffer, position + prefix);
        var actual = Varint.SizeOf((uint)written);
        if (actual != prefix)
        {
            Buffer.BlockCopy(_buffer, position + prefix, _buffer, position + actual, written);
        }

        Varint.Write(_buffer, position, (uint)written);
        return position + actual + written;
    }

    private void Reserve(int room)
    {
        if (_buffer.Length - WholeLength >= room)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(WholeLength + room, (int)Math.Min(_buffer.Length * 2L, int.MaxValue / 2)));
        Buffer.BlockCopy(_buffer, 0, larger, 0, WholeLength);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
