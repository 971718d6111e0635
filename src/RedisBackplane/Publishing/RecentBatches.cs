namespace RedisBackplane.Publishing;

/// <summary>
/// What was stored lately, oldest first, kept so that it can be sent again to a Redis that has lost its memory. Bounded in bytes and time. Not thread-safe: <see cref="Publisher"/> guards
/// it.
/// </summary>
internal sealed class RecentBatches
{
    private readonly long _maxBytes;
    private readonly Queue<Batch> _batches = new();
    private long _bytes;

    public RecentBatches(long maxBytes) => _maxBytes = maxBytes;

    public bool IsEmpty => _batches.Count == 0;

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

    /// <summary>Lets go of what was opened at or before a time.</summary>
    public void DropOpenedUntil(long time)
    {
        while (_batches.Count > 0 && _batches.Peek().OpenedAt <= time)
        {
            DropOldest();
        }
    }

    /// <summary>Takes out everything, and gives, by number, what comes after the one given; the rest is let go.</summary>
    public List<Batch> TakeAfter(ulong number)
    {
        var taken = new List<Batch>();
        while (_batches.Count > 0)
        {
            if (_batches.Peek().Number > number)
            {
                var batch = _batches.Dequeue();
                _bytes -= batch.Capacity;
                taken.Add(batch);
            }
            else
            {
                DropOldest();
            }
        }

        // A batch that went again may have been confirmed after a later one.
        taken.Sort((left, right) => left.Number.CompareTo(right.Number));
        return taken;
    }

    private void DropOldest()
    {
        var batch = _batches.Dequeue();
        _bytes -= batch.Capacity;
        batch.Recycle();
    }
}
