namespace RedisBackplane.Publishing;

/// <summary>
/// What Redis has confirmed lately, oldest first, kept so that it can be sent again to a Redis that has lost its memory, and what is known
/// of such a loss. Bounded in bytes and time. Not thread-safe: <see cref="Publisher"/> guards it.
/// </summary>
internal sealed class ConfirmedBatches
{
    private readonly long _maxBytes;
    private readonly Queue<Batch> _batches = new();
    private long _bytes;
    private ulong? _knownUpTo;

    public ConfirmedBatches(long maxBytes) => _maxBytes = maxBytes;

    public bool IsEmpty => _batches.Count == 0;

    /// <summary>The highest number that Redis has confirmed, if it could still be sent again; else 0.</summary>
    public ulong Claim => IsEmpty ? 0 : Highest;

    /// <summary>Redis has said that it lost batches, and they have not been taken out yet.</summary>
    public bool AreForgotten => _knownUpTo is not null;

    private ulong Highest { get; set; }

    /// <summary>Redis has confirmed a number.</summary>
    public void Confirm(ulong number) => Highest = Math.Max(Highest, number);

    /// <summary>Keeps a batch that Redis has confirmed; the oldest ones make room.</summary>
    public void Add(Batch batch)
    {
        batch.Trim();
        _batches.Enqueue(batch);
        _bytes += batch.Capacity;
        while (_bytes > _maxBytes)
        {
            DropOldest();
        }
    }

    /// <summary>Takes note of what a reply says of the memory of Redis.</summary>
    public void Note(BatchReply reply)
    {
        if (reply.Outcome == BatchOutcome.Forgotten)
        {
            _knownUpTo = Math.Min(reply.Value, _knownUpTo ?? ulong.MaxValue);
        }
    }

    /// <summary>Lets go of what was opened at or before a time.</summary>
    public void DropOpenedUntil(long time)
    {
        while (_batches.Count > 0 && _batches.Peek().OpenedAt <= time)
        {
            DropOldest();
        }
    }

    /// <summary>Takes out, by number, what Redis has forgotten. The rest stays: memory may be lost once more.</summary>
    public List<Batch> TakeForgotten()
    {
        var taken = new List<Batch>();
        if (_knownUpTo is not { } known)
        {
            return taken;
        }

        _knownUpTo = null;
        Highest = known;
        for (var rest = _batches.Count; rest > 0; rest--)
        {
            var batch = _batches.Dequeue();
            if (batch.Number > known)
            {
                _bytes -= batch.Capacity;
                taken.Add(batch);
            }
            else
            {
                _batches.Enqueue(batch);
            }
        }

        // A batch that went again may have been confirmed after a later one.
        taken.Sort((left, right) => left.Number.CompareTo(right.Number));
        return taken;
    }

    /// <summary>Lets go of everything.</summary>
    public void Clear()
    {
        while (_batches.Count > 0)
        {
            DropOldest();
        }
    }

    private void DropOldest()
    {
        var batch = _batches.Dequeue();
        _bytes -= batch.Capacity;
        batch.Recycle();
    }
}
