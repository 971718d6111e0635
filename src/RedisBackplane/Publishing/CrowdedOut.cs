namespace RedisBackplane.Publishing;

/// <summary>
/// Counts the confirmed messages that were dropped because there was no room, and not because of their age. If Redis
/// loses them, they cannot be sent again. A batch costs four bytes. Not thread-safe: <see cref="Publisher"/> guards it.
/// </summary>
internal sealed class CrowdedOut
{
    private const int MessagesOfAGroup = 1000;

    private readonly Queue<Group> _groups = new();
    private Group? _last;

    public bool IsEmpty => _groups.Count == 0;

    /// <summary>A batch was dropped. Batches come in the order of their numbers, with few exceptions.</summary>
    public void Add(ulong number, int messages, long openedAt)
    {
        if (_last is null || _last.Messages >= MessagesOfAGroup || number != _last.NextNumber)
        {
            _last = new Group(number);
            _groups.Enqueue(_last);
        }

        _last.Add(messages, openedAt);
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

    /// <summary>Removes everything, and counts the messages of batches above a number.</summary>
    public int TakeAfter(ulong number)
    {
        var messages = _groups.Sum(group => group.MessagesAfter(number));
        _groups.Clear();
        _last = null;
        return messages;
    }

    /// <summary>Batches with consecutive numbers.</summary>
    private sealed class Group(ulong first)
    {
        // Messages of each batch.
        private readonly List<int> _counts = [];

        public ulong NextNumber => first + (ulong)_counts.Count;

        public int Messages { get; private set; }

        /// <summary>When the youngest batch was opened.</summary>
        public long OpenedAt { get; private set; }

        public void Add(int messages, long openedAt)
        {
            Messages += messages;
            OpenedAt = openedAt;
            _counts.Add(messages);
        }

        public int MessagesAfter(ulong number) =>
            number < first ? Messages : _counts.Skip((int)Math.Min(number - first + 1, (ulong)_counts.Count)).Sum();
    }
}
