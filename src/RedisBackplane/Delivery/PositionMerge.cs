using Microsoft.AspNet.SignalR.Messaging;

namespace RedisBackplane.Delivery;

/// <summary>
/// Takes messages of several keys in id order: a heap of the keys by their next id. One serves a whole stream, a reader at a time. Not
/// thread-safe: guarded by <see cref="StreamLog.Gate"/>.
/// </summary>
internal sealed class PositionMerge
{
    private const int FirstArray = 64;

    private readonly FrameLog _log;
    private readonly MessageBuilder _builder;
    private readonly int _maxPinnedBytes;
    private Source[] _heap = new Source[8];
    private int _count;
    private long _waiting;

    public PositionMerge(FrameLog log, MessageBuilder builder, int maxPinnedBytes)
    {
        _log = log;
        _builder = builder;
        _maxPinnedBytes = maxPinnedBytes;
    }

    public bool IsEmpty => _count == 0;

    /// <summary>Adds a key's positions from an index on, of which there is at least one.</summary>
    public void Add(Ring<Position> positions, int first)
    {
        if (_count == _heap.Length)
        {
            Array.Resize(ref _heap, _count * 2);
        }

        _waiting += positions.Count - first;
        var place = _count++;
        var added = new Source(positions, first, positions[first].Id);
        while (place > 0 && IsBefore(added, _heap[(place - 1) / 2]))
        {
            _heap[place] = _heap[(place - 1) / 2];
            place = (place - 1) / 2;
        }

        _heap[place] = added;
    }

    /// <summary>
    /// Takes messages until there are as many as asked, or none, or one was a command, or they keep too many bytes alive. Messages that
    /// share an id are taken together: a place behind only some of them could not be said.
    /// </summary>
    /// <param name="max">The most messages to take, but for those that share an id.</param>
    /// <param name="last">The id of the last message taken.</param>
    /// <param name="endsWithCommand">Whether that one, or one that shares its id, is a command.</param>
    public ArraySegment<Message> Take(int max, out ulong last, out bool endsWithCommand)
    {
        var messages = new Message[(int)Math.Min(Math.Min(max, _waiting), FirstArray)];
        var count = 0;
        var pinned = 0L;
        var pinnedFrame = 0;
        var taken = default(Position);
        last = 0;
        endsWithCommand = false;
        while (_count > 0 && ((count < max && pinned < _maxPinnedBytes && !endsWithCommand) || _heap[0].Id == last))
        {
            var position = _heap[0].Positions[_heap[0].Next];
            Advance();

            // Two keys that differ only in what UTF-8 cannot express are one key: its messages are not to come twice.
            if (position == taken)
            {
                continue;
            }

            taken = position;
            var message = _builder.Build(_log, position, out var pins);
            if (pins > 0 && (pinned == 0 || position.Frame != pinnedFrame))
            {
                pinned += pins;
                pinnedFrame = position.Frame;
            }

            if (count == messages.Length)
            {
                Array.Resize(ref messages, (int)Math.Max(count + 1, Math.Min(max, count * 2L)));
            }

            messages[count++] = message;
            last = position.Id;
            endsWithCommand |= message.IsCommand && !message.IsAck;
        }

        return new ArraySegment<Message>(messages, 0, count);
    }

    /// <summary>Forgets what was not taken, and every reference.</summary>
    public void Clear()
    {
        Array.Clear(_heap, 0, _count);
        _count = 0;
        _waiting = 0;
    }

    private void Advance()
    {
        ref var top = ref _heap[0];
        _waiting--;
        if (top.Next + 1 < top.Positions.Count)
        {
            var next = top.Next + 1;
            top = new Source(top.Positions, next, top.Positions[next].Id);
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
        _log.IndexOf(left.Positions[left.Next]) < _log.IndexOf(right.Positions[right.Next]);

    private readonly record struct Source(Ring<Position> Positions, int Next, ulong Id);
}
