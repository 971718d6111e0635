namespace RedisBackplane.Delivery.Buffer;

/// <summary>
/// One frame in the buffer: the received bytes, which never change, and which of its messages are in the index.
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

    /// <summary>Where the key hashes of this frame begin, counted in messages since the buffer began.</summary>
    public long FirstOrdinal;

    /// <summary>Where this frame begins, counted in charged bytes since the buffer began.</summary>
    public long StartByte;

    /// <summary>The bytes that the buffer charges for it.</summary>
    public long Cost;

    /// <summary>
    /// Whether few of its bytes have local subscribers. Delivered messages are then copied, so that a slow client does
    /// not keep the whole frame alive for a small message.
    /// </summary>
    public bool IsSparse;

    /// <summary>
    /// The messages that are in the index, and free entries between them. It may be longer than
    /// <see cref="IndexedCount"/>.
    /// </summary>
    public IndexedMessage[] Indexed;

    public int IndexedCount;

    /// <summary>The first free entry in <see cref="Indexed"/>, counted from 1; 0 if there is none.</summary>
    public int FirstFree;

    public readonly ulong LastId => HasOneId ? FirstId : FirstId + (ulong)Count - 1;

    /// <summary>The id of a message by its index in the frame, from 0.</summary>
    public readonly ulong IdOf(int index) => HasOneId ? FirstId : FirstId + (ulong)index;
}
