using System.Buffers;
using Microsoft.AspNet.SignalR.Messaging;

namespace RedisBackplane.Delivery.Buffer;

/// <summary>A message in the buffer whose key is in the index. An entry without a key is free.</summary>
internal struct IndexedMessage
{
    /// <summary>
    /// Longer arrays are rented. For shorter ones, the smallest array of the pool would be mostly unused.
    /// </summary>
    private const int MaxOwnArray = 16;

    public KeyEntry? Entry;

    /// <summary>The message as SignalR knows it, if several subscriptions share it.</summary>
    public Message? Shared;

    public int Offset;
    public int SourceOffset;

    /// <summary>
    /// The message's index in its frame, from 0. In a free place, the next free place, counted from 1.
    /// </summary>
    public int Index;

    /// <summary>Whether it is a command to SignalR itself, such as a group change.</summary>
    public bool IsCommand;

    public static IndexedMessage[] Rent(int length) =>
        length <= MaxOwnArray ? new IndexedMessage[length] : ArrayPool<IndexedMessage>.Shared.Rent(length);

    public static void Return(IndexedMessage[] messages)
    {
        if (messages.Length > MaxOwnArray)
        {
            ArrayPool<IndexedMessage>.Shared.Return(messages, clearArray: true);
        }
    }
}

/// <summary>
/// The place of a key's message in the buffer. It contains no reference, so that a dropped frame can be collected.
/// </summary>
/// <param name="Id">The message's id, which it may share with others of its frame.</param>
/// <param name="Frame">The number of its frame, counted since the buffer began; it may wrap.</param>
/// <param name="Place">Its place in <see cref="StoredFrame.Indexed"/>.</param>
internal readonly record struct MessageLocation(ulong Id, int Frame, int Place);
