namespace RedisBackplane.Wire;

/// <summary>
/// The layout of a frame, all integers little-endian (the prose is in docs/wire-format.md):
/// <code>
///  offset size
///       0    3  'R' 'B' 'P'
///       3    1  version, 2
///       4    8  u64 previous id      the highest id the stream may have held before this batch
///      12    8  u64 first id         id of the first message; the others follow without holes
///      20    8  u64 position         where the frame begins in the history (HistoryLayout); 0 when it is not kept
///      28    4  u32 size             bytes of the whole frame
///  ---------------------------------- to here publish.lua writes (it gives the ids), from here the publisher
///      32   16  publisher id
///      48    8  u64 batch number     from 1, per publisher, without holes
///      56    8  i64 sent at          microseconds since the Unix epoch, by the publisher's clock
///      64    4  u32 count            number of messages, at least 1
///      68    4  u32 length           bytes of all messages together
///      72    …  messages
///       …    …  extensions           none or some; trailing data that is none is ignored
///
///  A large frame travels in two payloads, for the sake of publish.lua: first its head, the 56 bytes to the batch
///  number, then the whole frame, its first 32 bytes 0 but for letters and version.
///
///  a message:
///    varint  length of what follows: lets a reader pass over a message nobody listens to
///    u8      flags: 1 command id follows, 2 wait for ack, 4 is ack, 8 filter follows, 16 source as in the message before
///    varint  length of key, then key in UTF-8
///    varint  length of source, then source in UTF-8     unless flag 16
///    varint  length of command id, then it in UTF-8      if flag 1
///    varint  length of filter, then it in UTF-8          if flag 8
///    …       value: the rest
///
///  an extension:
///    u8      kind: 1 trace context, 2 authentication tag (the last one); any other is passed over
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
    /// What the publisher writes begins here: the part that an authentication tag covers. What <c>publish.lua</c>
    /// writes stands before it, and every record of the history begins so.
    /// </summary>
    public const int Body = Publisher;

    /// <summary>Bytes of a head: what publish.lua writes, and whose frame it is.</summary>
    public const int HeadSize = SentAt;

    /// <summary>The first bytes of a frame: three letters and the version.</summary>
    public static ReadOnlySpan<byte> Magic => [(byte)'R', (byte)'B', (byte)'P', Version];

    /// <summary>The letters alone.</summary>
    public static ReadOnlySpan<byte> Letters => Magic.Slice(0, PreviousId - sizeof(byte));
}
