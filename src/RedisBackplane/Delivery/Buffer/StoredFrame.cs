namespace RedisBackplane.Delivery.Buffer;

/// <summary>
/// One frame in the buffer: its bytes as they came, which never change, and which of its messages are in the index.
/// </summary>
internal struct StoredFrame
{
    public byte[] Bytes;
    public ulong FirstId;
    public int Count;

    /// <inheritdoc cref="Wire.FrameHeader.HasOneId"/>
    public bool HasOneId;

    /// <inheritdoc cref="Wire.FrameHeader.SentAtMicroseconds"/>
    public long SentAtMicroseconds;

    /// <summary>Counts the messages of the buffer since it began: where the key hashes of this frame are.</summary>
    public long FirstOrdinal;

    /// <summary>
    /// Counts the bytes of the buffer since it began, as they were charged when they came: where this frame begins.
    /// </summary>
    public long StartByte;

    /// <summary>What the buffer charges for it, in bytes.</summary>
    public long Cost;

    /// <summary>
    /// Whether few of its bytes have local subscribers. Delivered messages are then copied, so that a slow client does
    /// not keep the whole frame alive for a small message.
    /// </summary>
    public bool IsSparse;

    /// <summary>
    /// The messages that are in the index, and free places among them; may be longer than <see cref="IndexedCount"/>.
    /// </summary>
    public IndexedMessage[] Indexed;

    public int IndexedCount;

    /// <summary>The first free place in <see cref="Indexed"/>, counted from 1; 0 if none is.</summary>
    public int FirstFree;

    public readonly ulong LastId => HasOneId ? FirstId : FirstId + (ulong)Count - 1;

    /// <summary>The id of a message by its number in the frame, from 0.</summary>
    public readonly ulong IdOf(int index) => HasOneId ? FirstId : FirstId + (ulong)index;
}
