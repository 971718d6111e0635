using RedisBackplane.Wire;

namespace RedisBackplane.Receiving;

/// <summary>
/// Remembers the last batch of each publisher, and which earlier ones were missed. If Redis has lost its memory, a
/// publisher sends a batch again under other ids; this type recognises it. It keeps the publishers that were active
/// last. Not thread-safe.
/// </summary>
internal sealed class PublisherLedger(int capacity)
{
    // A server seldom misses batches, and then many at a time. In the older format the numbers themselves have gaps, so
    // there the batches that were missed are soon forgotten, and are taken for seen ones if they come again.
    private const int MaxMissedRanges = 32;

    private readonly Dictionary<PublisherId, LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _byAge = new();
    private bool _hasGap;
    private bool _hasForgotten;

    /// <summary>Whether the publisher is known and the batch is above all that were seen of it.</summary>
    public bool IsNews(in FrameHeader header) =>
        _entries.TryGetValue(header.Publisher, out var node) && header.BatchNumber > node.Value.BatchNumber;

    /// <summary>Whether the batch has been seen, or was sent before the first batch that was seen.</summary>
    public bool Knows(in FrameHeader header) =>
        _entries.TryGetValue(header.Publisher, out var node) && node.Value.Knows(header.BatchNumber);

    /// <summary>
    /// Messages were missed. They may have included the first batches of a publisher that appears later.
    /// </summary>
    public void NoteGap() => _hasGap = true;

    /// <summary>Whether the batch has not been seen; from then on it has.</summary>
    public bool TryAdd(in FrameHeader header)
    {
        if (_entries.TryGetValue(header.Publisher, out var node))
        {
            if (!node.Value.TryAdd(header.BatchNumber))
            {
                return false;
            }

            if (!ReferenceEquals(node, _byAge.Last))
            {
                _byAge.Remove(node);
                _byAge.AddLast(node);
            }

            return true;
        }

        if (_entries.Count >= capacity)
        {
            _entries.Remove(_byAge.First!.Value.Publisher);
            _byAge.RemoveFirst();
            _hasForgotten = true;
        }

        var entry = new Entry(header.Publisher, header.BatchNumber);
        if (_hasGap && !_hasForgotten)
        {
            entry.MissAllBefore();
        }

        _entries.Add(header.Publisher, _byAge.AddLast(entry));
        return true;
    }

    private sealed class Entry(PublisherId publisher, ulong batchNumber)
    {
        // Batches before the first one that came from this publisher were sent before this server listened, unless
        // something was missed since.
        private NumberRanges? _missed;

        public PublisherId Publisher { get; } = publisher;

        public ulong BatchNumber { get; private set; } = batchNumber;

        public void MissAllBefore()
        {
            if (BatchNumber > 1)
            {
                _missed = new NumberRanges(MaxMissedRanges);
                _missed.Add(1, BatchNumber - 1);
            }
        }

        public bool Knows(ulong number) => number <= BatchNumber && _missed?.Contains(number) != true;

        public bool TryAdd(ulong number)
        {
            if (number <= BatchNumber)
            {
                return _missed?.TryTake(number) == true;
            }

            if (number > BatchNumber + 1)
            {
                _missed ??= new NumberRanges(MaxMissedRanges);
                _missed.Add(BatchNumber + 1, number - 1);
            }

            BatchNumber = number;
            return true;
        }
    }
}
