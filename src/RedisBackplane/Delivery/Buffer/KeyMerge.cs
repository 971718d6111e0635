namespace RedisBackplane.Delivery.Buffer;

/// <summary>
/// Merges the messages of several keys in id order, with a heap of the keys by their next id. One instance serves all
/// takes of a stream, one after the other. Not thread-safe.
/// </summary>
internal sealed class KeyMerge(FrameStore frames, MessageFactory factory, int maxPinnedBytes)
{
    private Source[] _heap = new Source[8];
    private int _count;

    public bool IsEmpty => _count == 0;

    /// <summary>Adds a key's messages, starting at an index. There must be at least one.</summary>
    public void Add(Ring<MessageLocation> messages, int first)
    {
        if (_count == _heap.Length)
        {
            Array.Resize(ref _heap, _count * 2);
        }

        var place = _count++;
        var added = new Source(messages, first, messages[first].Id);
        while (place > 0 && IsBefore(added, _heap[(place - 1) / 2]))
        {
            _heap[place] = _heap[(place - 1) / 2];
            place = (place - 1) / 2;
        }

        _heap[place] = added;
    }

    /// <summary>
    /// Takes messages up to the requested number, up to a command, or until they keep too many bytes alive. Messages
    /// that share an id are taken together, because no position is between them.
    /// </summary>
    /// <param name="max">The most messages to take. Messages that share an id may exceed it.</param>
    /// <param name="last">The id of the last message taken.</param>
    /// <returns>Whether the last message, or one that shares its id, is a command.</returns>
    public bool Take(int max, MessageBatch batch, out ulong last)
    {
        var pinned = 0L;
        var pinnedFrame = 0;
        var taken = default(MessageLocation);
        var endsWithCommand = false;
        last = 0;
        while (_count > 0 && ((batch.Count < max && pinned < maxPinnedBytes && !endsWithCommand) || _heap[0].Id == last))
        {
            var location = _heap[0].Messages[_heap[0].Next];
            Advance();

            // A message is taken once, even if its key is in the merge twice.
            if (location == taken)
            {
                continue;
            }

            taken = location;
            last = location.Id;
            ref var frame = ref frames.At(location);
            ref var message = ref frame.Indexed[location.Place];
            endsWithCommand |= message.IsCommand;
            Take(ref frame, ref message, location.Id, batch);
            if (!frame.IsSparse && (pinned == 0 || location.Frame != pinnedFrame))
            {
                pinned += frame.Bytes.Length;
                pinnedFrame = location.Frame;
            }
        }

        return endsWithCommand;
    }

    /// <summary>Drops what was not taken, and every reference.</summary>
    public void Clear()
    {
        Array.Clear(_heap, 0, _count);
        _count = 0;
    }

    /// <summary>
    /// A message that several subscriptions share is created once, here. The subscription that takes it alone creates
    /// it later.
    /// </summary>
    private void Take(ref StoredFrame frame, ref IndexedMessage message, ulong id, MessageBatch batch)
    {
        if (message.Shared is null && message.Entry!.Followers > 1)
        {
            message.Shared = factory.Create(
                frame.Bytes, message.Offset, message.SourceOffset, id, message.Entry.Key, frame.IsSparse);
            frames.ChargeShared(ref frame);
        }

        if (message.Shared is { } shared)
        {
            batch.Add(shared);
        }
        else
        {
            batch.Add(frame, message, id);
        }
    }

    private void Advance()
    {
        ref var top = ref _heap[0];
        if (top.Next + 1 < top.Messages.Count)
        {
            var next = top.Next + 1;
            top = new Source(top.Messages, next, top.Messages[next].Id);
        }
        else
        {
            top = _heap[--_count];
            _heap[_count] = default;
        }

        SiftDown();
    }

    private void SiftDown()
    {
        var place = 0;
        while (true)
        {
            var child = (2 * place) + 1;
            if (child >= _count)
            {
                return;
            }

            if (child + 1 < _count && IsBefore(_heap[child + 1], _heap[child]))
            {
                child++;
            }

            if (!IsBefore(_heap[child], _heap[place]))
            {
                return;
            }

            (_heap[place], _heap[child]) = (_heap[child], _heap[place]);
            place = child;
        }
    }

    private bool IsBefore(in Source left, in Source right) =>
        left.Id < right.Id || (left.Id == right.Id && IsBeforeInFrame(left, right));

    private bool IsBeforeInFrame(in Source left, in Source right) =>
        frames.IndexOf(left.Messages[left.Next]) < frames.IndexOf(right.Messages[right.Next]);

    private readonly record struct Source(Ring<MessageLocation> Messages, int Next, ulong Id);
}
