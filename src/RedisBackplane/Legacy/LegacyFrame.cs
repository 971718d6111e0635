using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using RedisBackplane.Wire;

namespace RedisBackplane.Legacy;

/// <summary>
/// Reads the payloads of servers of Microsoft.AspNet.SignalR.StackExchangeRedis, "the older package", and those that
/// servers of this library send while such servers are in their farm (<see cref="LegacyWriter"/>). The layout, with all
/// integers little-endian (docs/wire-format.md explains it):
/// <code>
///  …        the id, decimal digits
///  u8       a space
///  i32      length: bytes to the trailer
///  i32      count
///  …        messages
///  i64      created at          ticks of 100 ns since the year 1, UTC
///  ------------------------------------------------- the older package reads nothing after this line
///  4        'R' 'B' 'P', 1      the trailer, only from a server of this library
///  16       publisher id
///  u64      number              of the message; starts at 1 and grows, per publisher
///  u64      previous id         the highest id the stream may have held before
///
///  a message:
///    string   source
///    string   key
///    i32      length of value, then value
///    string   command id        empty for none
///    u8       wait for ack      0 or not
///    u8       is ack            0 or not
///    string   filter            empty for none
///
///  string: varint of the length in bytes, then UTF-8
/// </code>
/// All messages share the id. Reading never throws, and allocates less than the payload's size and a header.
/// </summary>
internal sealed class LegacyFrame : IForeignReader
{
    public static readonly LegacyFrame Instance = new();

    public const int TrailerPublisher = 4;
    public const int TrailerNumber = TrailerPublisher + PublisherId.Size;
    public const int TrailerPreviousId = TrailerNumber + sizeof(ulong);
    public const int TrailerSize = TrailerPreviousId + sizeof(ulong);

    /// <summary>How a trailer begins.</summary>
    public static ReadOnlySpan<byte> TrailerMagic => [(byte)'R', (byte)'B', (byte)'P', 1];

    /// <summary>A message of empty strings without a value.</summary>
    private const int LeastMessageSize = 10;

    public bool IsOne(byte[] payload) => payload.Length > 0 && payload[0] is >= (byte)'0' and <= (byte)'9';

    public bool TryRead(byte[] payload, out Frame frame, [NotNullWhen(false)] out string? reason)
    {
        frame = default;
        var position = 0;
        if (!TryReadId(payload, ref position, out var id))
        {
            reason = "does not begin with an id and a space";
            return false;
        }

        if (!TryReadInt32(payload, ref position, payload.Length, out var length) || length > payload.Length - position)
        {
            reason = "cut short: it says more bytes than came";
            return false;
        }

        var end = position + length;
        if (!TryReadInt32(payload, ref position, end, out var count) || count > (end - position) / LeastMessageSize)
        {
            reason = "whose messages do not add up";
            return false;
        }

        var messages = new Enumerator(payload, position, end);
        var size = FrameLayout.Messages;
        for (var i = 0; i < count; i++)
        {
            if (!messages.MoveNext())
            {
                reason = "whose messages do not add up";
                return false;
            }

            size += SizeOf(messages.Current);
        }

        if (!TryReadTicks(payload, messages.Position, end, out var ticks))
        {
            reason = "without the time it was made";
            return false;
        }

        var header = HeaderOf(payload.AsSpan(end), id, count, UnixTime.FromTicks(ticks));
        if (header.PreviousId >= id)
        {
            reason = "with ids that cannot be";
            return false;
        }

        var buffer = new byte[size];
        messages = new Enumerator(payload, position, end);
        position = FrameLayout.Messages;
        while (count-- > 0)
        {
            _ = messages.MoveNext();
            position = Write(messages.Current, buffer, position);
        }

        frame = Frame.Of(header, buffer);
        reason = null;
        return true;
    }

    private static FrameHeader HeaderOf(ReadOnlySpan<byte> trailer, ulong id, int count, long sentAtMicroseconds)
    {
        var isAnonymous = trailer.Length < TrailerSize || !trailer.StartsWith(TrailerMagic);
        return new FrameHeader
        {
            PreviousId = isAnonymous ? id - 1 : BinaryPrimitives.ReadUInt64LittleEndian(trailer.Slice(TrailerPreviousId)),
            FirstId = id,
            Count = count,
            Publisher = isAnonymous ? default : PublisherId.Read(trailer.Slice(TrailerPublisher)),
            BatchNumber = isAnonymous ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(trailer.Slice(TrailerNumber)),
            SentAtMicroseconds = sentAtMicroseconds,
            HasOneId = true,
            IsAnonymous = isAnonymous,
        };
    }

    // At most 20 digits. SignalR uses the last value of u64 for a cursor from before the first message.
    private static bool TryReadId(byte[] payload, ref int position, out ulong id)
    {
        id = 0;
        for (; position < payload.Length && payload[position] is >= (byte)'0' and <= (byte)'9'; position++)
        {
            var digit = (ulong)(payload[position] - '0');
            if (id > (ulong.MaxValue - digit) / 10)
            {
                return false;
            }

            id = (id * 10) + digit;
        }

        return position < payload.Length && payload[position++] == ' ' && id is not 0 and not ulong.MaxValue;
    }

    private static bool TryReadInt32(byte[] payload, ref int position, int end, out int value)
    {
        value = -1;
        if (end - position >= sizeof(int))
        {
            value = BinaryPrimitives.ReadInt32LittleEndian(payload.AsSpan(position));
            position += sizeof(int);
        }

        return value >= 0;
    }

    private static bool TryReadTicks(byte[] payload, int position, int end, out long ticks)
    {
        ticks = end - position < sizeof(long) ? -1 : BinaryPrimitives.ReadInt64LittleEndian(payload.AsSpan(position));
        return ticks >= 0 && ticks <= DateTime.MaxValue.Ticks;
    }

    // A message takes no more bytes in a frame than in the payload: its length takes at most one byte more than the
    // length of the value, and its flags one byte less than the two booleans.
    private static int SizeOf(in FrameMessage message)
    {
        var content = ContentSizeOf(message);
        return Varint.SizeOf((uint)content) + content;
    }

    private static int ContentSizeOf(in FrameMessage message) =>
        1 + message.Key.Size + message.Source.Size
        + (message.CommandId.Length > 0 ? message.CommandId.Size : 0)
        + (message.Filter.Length > 0 ? message.Filter.Size : 0)
        + message.Value.Length;

    private static int Write(in FrameMessage message, byte[] buffer, int position)
    {
        var content = (uint)ContentSizeOf(message);
        Varint.Write(buffer, position, content);
        position += Varint.SizeOf(content);
        buffer[position++] = (byte)message.Flags;
        position = message.Copy(message.Key, buffer, position);
        position = message.Copy(message.Source, buffer, position);
        if ((message.Flags & MessageFlags.Command) != 0)
        {
            position = message.Copy(message.CommandId, buffer, position);
        }

        if ((message.Flags & MessageFlags.Filter) != 0)
        {
            position = message.Copy(message.Filter, buffer, position);
        }

        Buffer.BlockCopy(message.Buffer, message.Value.Offset, buffer, position, message.Value.Length);
        return position + message.Value.Length;
    }

    /// <summary>Enumerates the messages of a payload without copying them.</summary>
    private struct Enumerator(byte[] payload, int start, int end)
    {
        private readonly byte[] _payload = payload;
        private readonly int _end = end;
        private int _position = start;

        public FrameMessage Current { get; private set; }

        public readonly int Position => _position;

        public bool MoveNext()
        {
            if (!TryReadString(out var source)
                || !TryReadString(out var key)
                || !TryReadInt32(_payload, ref _position, _end, out var length)
                || !TryTake(length, out var value)
                || !TryReadString(out var commandId)
                || !TryTake(2, out var acks)
                || !TryReadString(out var filter))
            {
                return false;
            }

            Current = new FrameMessage
            {
                Buffer = _payload,
                Flags = (commandId.Length > 0 ? MessageFlags.Command : MessageFlags.None)
                    | (_payload[acks.Offset] != 0 ? MessageFlags.WaitForAck : MessageFlags.None)
                    | (_payload[acks.Offset + 1] != 0 ? MessageFlags.Ack : MessageFlags.None)
                    | (filter.Length > 0 ? MessageFlags.Filter : MessageFlags.None),
                Key = key,
                Source = source,
                CommandId = commandId,
                Filter = filter,
                Value = value,
            };
            return true;
        }

        private bool TryReadString(out FrameMessage.Slice text)
        {
            text = default;
            return Varint.TryRead(_payload, ref _position, _end, out var length) && TryTake(length, out text);
        }

        private bool TryTake(int length, out FrameMessage.Slice slice)
        {
            slice = new FrameMessage.Slice(_position, length);
            if (length > _end - _position)
            {
                return false;
            }

            _position += length;
            return true;
        }
    }
}
