using Microsoft.AspNet.SignalR.Messaging;

namespace RedisBackplane.Delivery;

/// <summary>One frame as the log keeps it: its bytes as they came, and which of its messages somebody here listens to.</summary>
internal struct LogFrame
{
    public byte[] Buffer;
    public ulong FirstId;
    public int Count;

    /// <inheritdoc cref="Wire.FrameHeader.HasOneId"/>
    public bool HasOneId;

    /// <summary>When the publisher closed the batch, by its own clock: microseconds since the Unix epoch.</summary>
    public long SentAtMicroseconds;

    /// <summary>Counts the messages of the log since it began; where the key hashes of this frame are.</summary>
    public long FirstOrdinal;

    /// <summary>Counts the bytes of the log since it began, as they were accounted when they came; where this frame begins.</summary>
    public long StartByte;

    /// <summary>What the log accounts for it, in bytes.</summary>
    public long Cost;

    /// <summary>
    /// Few of its bytes are heard here. What is delivered from it is copied, so that a slow client does not keep the whole frame alive for
    /// a small message.
    /// </summary>
    public bool IsSparse;

    /// <summary>The messages that are in the index, and free places among them; may be longer than <see cref="HeardCount"/>.</summary>
    public HeardMessage[] Heard;

    public int HeardCount;

    /// <summary>The first free place in <see cref="Heard"/>, counted from 1; 0 where none is.</summary>
    public int FirstFree;

    public readonly ulong LastId => HasOneId ? FirstId : FirstId + (ulong)Count - 1;

    /// <summary>The id of a message by its number in the frame, from 0.</summary>
    public readonly ulong IdOf(int index) => HasOneId ? FirstId : FirstId + (ulong)index;
}

/// <summary>A message in the log whose key is in the index. A place without a key is free.</summary>
internal struct HeardMessage
{
    public KeyEntry? Entry;

    /// <summary>The message as SignalR knows it, where several subscriptions share it.</summary>
    public Message? Shared;

    public int Offset;
    public int SourceOffset;

    /// <summary>The message's number in its frame, from 0. In a free place, the next free place, counted from 1.</summary>
    public int Index;
}

/// <summary>Where a message of a key is in the log. It holds no reference, so that a frame the log drops is free.</summary>
/// <param name="Id">The message's id, which it may share with others of its frame.</param>
/// <param name="Frame">The number of its frame, counted since the log began; it may wrap.</param>
/// <param name="Place">Its place in <see cref="LogFrame.Heard"/>.</param>
internal readonly record struct Position(ulong Id, int Frame, int Place);
