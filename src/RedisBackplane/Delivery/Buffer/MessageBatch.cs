using Microsoft.AspNet.SignalR.Messaging;

namespace RedisBackplane.Delivery.Buffer;

/// <summary>
/// The result of one take: references to bytes that never change, copied under the lock of the
/// <see cref="StreamBuffer"/>. The messages are created from them afterwards, without the lock. Not thread-safe; each
/// thread has one.
/// </summary>
internal sealed class MessageBatch
{
    /// <summary>A larger batch is rare. Its memory is released afterwards.</summary>
    private const int MaxKept = 1024;

    [ThreadStatic]
    private static MessageBatch? _ofThread;

    private Item[] _messages = new Item[16];

    /// <summary>The batch of this thread. It is empty, even after a take that failed.</summary>
    public static MessageBatch OfThread
    {
        get
        {
            var batch = _ofThread ??= new MessageBatch();
            if (batch.Count > 0)
            {
                batch.Clear();
            }

            return batch;
        }
    }

    public int Count { get; private set; }

    public void Add(Message message) => Next().Made = message;

    /// <summary>Adds a message that is not created yet.</summary>
    public void Add(in StoredFrame frame, in IndexedMessage message, ulong id)
    {
        ref var added = ref Next();
        added.Bytes = frame.Bytes;
        added.IsSparse = frame.IsSparse;
        added.Key = message.Entry!.Key;
        added.Id = id;
        added.Offset = message.Offset;
        added.SourceOffset = message.SourceOffset;
    }

    /// <summary>Creates the messages, and empties the batch.</summary>
    public ArraySegment<Message> Make(MessageFactory factory)
    {
        var count = Count;
        if (count == 0)
        {
            return default;
        }

        var made = new Message[count];
        for (var i = 0; i < count; i++)
        {
            ref var message = ref _messages[i];
            made[i] = message.Made
                ?? factory.Create(message.Bytes, message.Offset, message.SourceOffset, message.Id, message.Key, message.IsSparse);
        }

        Clear();
        return new ArraySegment<Message>(made);
    }

    private void Clear()
    {
        if (_messages.Length > MaxKept)
        {
            _messages = new Item[16];
        }
        else
        {
            Array.Clear(_messages, 0, Count);
        }

        Count = 0;
    }

    private ref Item Next()
    {
        if (Count == _messages.Length)
        {
            Array.Resize(ref _messages, Count * 2);
        }

        return ref _messages[Count++];
    }

    private struct Item
    {
        public Message? Made;
        public byte[] Bytes;
        public string Key;
        public ulong Id;
        public int Offset;
        public int SourceOffset;
        public bool IsSparse;
    }
}
