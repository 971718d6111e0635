namespace RedisBackplane.Wire;

/// <summary>
/// The layout of a frame, with all integers little-endian (docs/wire-format.md explains it):
/// <code>
///  offset size
///       0    3  'R' 'B' 'P'
///       3    1  version, 2
///       4    8  u64 previous id      the highest id the stream may have held before this batch
///      12    8  u64 first id         id of the first message; the ids of the others follow without gaps
///      20    8  u64 position         where the frame begins in the history (HistoryLayout); 0 if it is not kept
///      28    4  u32 size             bytes of the whole frame
///  ---------------------------------- publish.lua writes the bytes up to here, the publisher those from here on
///      32   16  publisher id
///      48    8  u64 batch number     from 1, per publisher, without gaps
///      56    8  i64 sent at          microseconds since the Unix epoch, on the publisher's clock
///      64    4  u32 count            number of messages, at least 1
///      68    4  u32 length           bytes of all messages together
///      72    …  messages
///       …    …  extensions           any number; trailing data that is no extension is ignored
///
///  A large frame is published as two payloads, because Lua is slow with long strings: first its head, the 56
///  bytes up to the batch number, then the whole frame. Of its first 32 bytes, all but letters and version are 0.
///
///  a message:
///    varint  length of what follows, so that a reader can skip a message without local subscribers
///    u8      flags: 1 command id follows, 2 wait for ack, 4 is ack, 8 filter follows, 16 source of the previous
///            message
///    varint  length of key, then key in UTF-8
///    varint  length of source, then source in UTF-8     unless flag 16
///    varint  length of command id, then it in UTF-8      if flag 1
///    varint  length of filter, then it in UTF-8          if flag 8
///    …       value: the rest
///
///  an extension:
///    u8      kind: 1 trace context, 2 authentication tag (the last one); any other is skipped
///    varint  length of its content
///    …       content
///
///  varint: unsigned LEB128 of a u32, at most 5 bytes.
/// </code>
/// </summary>
internal static class FrameLayout
{
    public const byte Version = 2;

    public const int PreviousId = 4;
    public const int FirstId = PreviousId + sizeof(ulong);
    public const int Position = FirstId + sizeof(ulong);
    public const int Size = Position + sizeof(ulong);
    public const int Publisher = Size + sizeof(uint);
    public const int BatchNumber = Publisher + PublisherId.Size;
    public const int SentAt = BatchNumber + sizeof(ulong);
    public const int Count = SentAt + sizeof(long);
    public const int Length = Count + sizeof(uint);
    public const int Messages = Length + sizeof(uint);

    /// <summary>
    /// The publisher writes the bytes from here on, and an authentication tag covers them. <c>publish.lua</c> writes
    /// the bytes before, with which every record of the history begins.
    /// </summary>
    public const int Body = Publisher;

    /// <summary>The bytes of a head: what publish.lua writes, the publisher id and the batch number.</summary>
    public const int HeadSize = SentAt;

    /// <summary>The first bytes of a frame: three letters and the version.</summary>
    public static ReadOnlySpan<byte> Magic => [(byte)'R', (byte)'B', (byte)'P', Version];

    /// <summary>The letters without the version.</summary>
    public static ReadOnlySpan<byte> Letters => Magic.Slice(0, PreviousId - sizeof(byte));
}
