using System.Buffers.Binary;

namespace RedisBackplane.Wire;

/// <summary>
/// A valid frame; the layout is in <see cref="FrameLayout"/>. It shares the bytes that it was read from.
/// </summary>
/// <remarks>
/// Reading never throws, for any bytes: a malformed frame is rejected with the reason, and a frame is accepted
/// completely or not at all. So the code that enumerates a <see cref="Frame"/> needs no checks.
/// </remarks>
internal readonly struct Frame
{
    private readonly byte[] _buffer;
    private readonly int _start;
    private readonly int _end;

    private Frame(FrameHeader header, byte[] buffer, int start, int end)
    {
        Header = header;
        _buffer = buffer;
        _start = start;
        _end = end;
    }

    /// <summary>A frame whose messages were converted from another format.</summary>
    /// <param name="buffer">Room for a header, followed by as many messages as the header says.</param>
    public static Frame Of(in FrameHeader header, byte[] buffer) => new(header, buffer, FrameLayout.Messages, buffer.Length);

    public FrameHeader Header { get; }

    /// <summary>All bytes that the frame keeps alive.</summary>
    public byte[] Buffer => _buffer;

    /// <param name="bytes">The received bytes. If they are a frame, they are kept, and not copied.</param>
    /// <param name="reason">Why the bytes are no frame, as text for a log; otherwise <see langword="null"/>.</param>
    public static bool TryRead(byte[] bytes, out Frame frame, [System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out string? reason)
    {
        frame = default;
        if (bytes.Length < FrameLayout.Messages)
        {
            reason = "shorter than a header";
            return false;
        }

        var span = bytes.AsSpan();
        if (!span.StartsWith(FrameLayout.Letters))
        {
            reason = "does not begin with the letters of a frame";
            return false;
        }

        if (!span.StartsWith(FrameLayout.Magic))
        {
            reason = $"of version {span[3]} of the wire format: a server of another version of this library is in the farm";
            return false;
        }

        var count = BinaryPrimitives.ReadUInt32LittleEndian(span.Slice(FrameLayout.Count));
        var length = BinaryPrimitives.ReadUInt32LittleEndian(span.Slice(FrameLayout.Length));
        var size = BinaryPrimitives.ReadUInt32LittleEndian(span.Slice(FrameLayout.Size));
        if (length > span.Length - FrameLayout.Messages || size > span.Length)
        {
            reason = "cut short: it says more bytes than came";
            return false;
        }

        var position = BinaryPrimitives.ReadUInt64LittleEndian(span.Slice(FrameLayout.Position));
        var header = new FrameHeader
        {
            End = position == 0 ? 0 : position + size,
            PreviousId = BinaryPrimitives.ReadUInt64LittleEndian(span.Slice(FrameLayout.PreviousId)),
            FirstId = BinaryPrimitives.ReadUInt64LittleEndian(span.Slice(FrameLayout.FirstId)),
            Count = (int)Math.Min(count, int.MaxValue),
            Publisher = PublisherId.Read(span.Slice(FrameLayout.Publisher)),
            BatchNumber = BinaryPrimitives.ReadUInt64LittleEndian(span.Slice(FrameLayout.BatchNumber)),
            SentAtMicroseconds = BinaryPrimitives.ReadInt64LittleEndian(span.Slice(FrameLayout.SentAt)),
        };

        // SignalR uses the last value of u64 for a cursor from before the first message.
        if (header.FirstId == 0 || header.PreviousId >= header.FirstId || header.FirstId > ulong.MaxValue - count)
        {
            reason = "with ids that cannot be";
            return false;
        }

        frame = new Frame(header, bytes, FrameLayout.Messages, FrameLayout.Messages + (int)length);
        var messages = frame.GetEnumerator();
        uint read = 0;
        while (messages.MoveNext())
        {
            read++;
        }

        if (!messages.ReachedEnd || read != count || count == 0)
        {
            frame = default;
            reason = "whose messages do not add up";
            return false;
        }

        reason = null;
        return true;
    }

    public Enumerator GetEnumerator() => new(_buffer, _start, _end);

    /// <summary>Enumerates the keys of the messages and skips the rest.</summary>
    public FrameKeyEnumerator EnumerateKeys() => new(_buffer, _start, _end);

    /// <summary>
    /// Enumerates the keys of a frame that <see cref="TryRead"/> accepted. It cannot recognise the end of the messages,
    /// so the caller counts them.
    /// </summary>
    public static FrameKeyEnumerator EnumerateKeys(byte[] buffer) => new(buffer, FrameLayout.Messages, buffer.Length);

    /// <summary>Reads one message of a frame that <see cref="TryRead"/> accepted.</summary>
    /// <param name="offset">Where the message begins, as <see cref="FrameKeyEnumerator.Offset"/> gave it.</param>
    /// <param name="sourceOffset">
    /// Where the message with its source begins, as <see cref="FrameKeyEnumerator.SourceOffset"/> gave it.
    /// </param>
    public static FrameMessage ReadAt(byte[] buffer, int offset, int sourceOffset)
    {
        FrameMessage.Slice? source = null;
        if (sourceOffset != offset)
        {
            var named = new Enumerator(buffer, sourceOffset, buffer.Length);
            _ = named.MoveNext();
            source = named.Current.Source;
        }

        var messages = new Enumerator(buffer, offset, buffer.Length, source);
        _ = messages.MoveNext();
        return messages.Current;
    }

    /// <summary>Enumerates the extensions after the messages.</summary>
    public FrameExtensionEnumerator EnumerateExtensions() => new(_buffer, _end);

    /// <summary>Finds an extension after the messages.</summary>
    /// <param name="content">The bytes of the first extension of this kind; they belong to the frame.</param>
    public bool TryFindExtension(FrameExtension kind, out ReadOnlySpan<byte> content)
    {
        var extensions = EnumerateExtensions();
        while (extensions.MoveNext())
        {
            if (extensions.Kind == kind)
            {
                content = extensions.Content;
                return true;
            }
        }

        content = default;
        return false;
    }

    /// <summary>
    /// Enumerates the messages in their order. Stops early only at malformed bytes, which <see cref="TryRead"/>
    /// excludes.
    /// </summary>
    internal struct Enumerator(byte[] buffer, int start, int end, FrameMessage.Slice? source = null)
    {
        private readonly byte[] _buffer = buffer;
        private readonly int _end = end;
        private int _position = start;
        private bool _hasSource = source.HasValue;
        private FrameMessage.Slice _source = source.GetValueOrDefault();

        public FrameMessage Current { get; private set; }

        /// <summary>Whether every byte of the messages was read.</summary>
        public readonly bool ReachedEnd => _position == _end;

        public bool MoveNext()
        {
            var position = _position;
            if (!Varint.TryRead(_buffer, ref position, _end, out var length) || length == 0 || length > _end - position)
            {
                return false;
            }

            var end = position + length;
            var flags = (MessageFlags)_buffer[position++];
            FrameMessage.Slice source = _source, commandId = default, filter = default;
            if ((flags & ~MessageFlags.All) != 0
                || !TryReadSlice(ref position, end, out var key)
                || ((flags & MessageFlags.SameSource) == 0 ? !TryReadSlice(ref position, end, out source) : !_hasSource)
                || ((flags & MessageFlags.Command) != 0 && !TryReadSlice(ref position, end, out commandId))
                || ((flags & MessageFlags.Filter) != 0 && !TryReadSlice(ref position, end, out filter)))
            {
                return false;
            }

            Current = new FrameMessage
            {
                Buffer = _buffer,
                Flags = flags,
                Key = key,
                Source = source,
                CommandId = commandId,
                Filter = filter,
                Value = new FrameMessage.Slice(position, end - position),
            };
            _source = source;
            _hasSource = true;
            _position = end;
            return true;
        }

        private readonly bool TryReadSlice(ref int position, int end, out FrameMessage.Slice slice)
        {
            if (!Varint.TryRead(_buffer, ref position, end, out var length) || length > end - position)
            {
                slice = default;
                return false;
            }

            slice = new FrameMessage.Slice(position, length);
            position += length;
            return true;
        }
    }
}
