namespace RedisBackplane.Publishing;

/// <summary>
/// Counts the confirmed messages that were dropped because there was no room, and not because of their age. If Redis
/// loses them, they cannot be sent again. It counts in groups of batches, which bounds its memory. Not thread-safe:
/// <see cref="Publisher"/> guards it.
/// </summary>
internal sealed class CrowdedOut
{
    private const int MessagesOfAGroup = 1000;

    private readonly Queue<Group> _groups = new();
    private Group? _last;

    /// <summary>A batch was dropped. Batches come in the order of their numbers.</summary>
    public void Add(ulong number, int messages, long openedAt)
    {
        if (_last is null || _last.Messages >= MessagesOfAGroup)
        {
            _last = new Group();
            _groups.Enqueue(_last);
        }

        _last.LastNumber = number;
        _last.OpenedAt = openedAt;
        _last.Messages += messages;
    }

    /// <summary>
    /// Forgets batches that were opened at or before a time: they would no longer be kept in any case.
    /// </summary>
    public void DropOpenedUntil(long time)
    {
        while (_groups.Count > 0 && _groups.Peek().OpenedAt <= time)
        {
            _groups.Dequeue();
        }

        _last = _groups.Count > 0 ? _last : null;
    }

    /// <summary>
    /// Removes and counts the messages of batches above a number. The count is exact except for one group.
    /// </summary>
    public int TakeAfter(ulong number)
    {
        var messages = _groups.Where(group => group.LastNumber > number).Sum(static group => group.Messages);
        _groups.Clear();
        _last = null;
        return messages;
    }

    private sealed class Group
    {
        public ulong LastNumber { get; set; }

        public long OpenedAt { get; set; }

        public int Messages { get; set; }
    }
}
