using RedisBackplane.Delivery.Subscriptions;

namespace RedisBackplane.Delivery.Buffer;

// What the scanner calls: it searches without a lock, and holds one only to copy and to index.
internal sealed partial class StreamBuffer
{
    /// <inheritdoc cref="BackfillQueue.Begin"/>
    public List<Backfill>? BeginBackfills()
    {
        lock (_lock)
        {
            return _backfills.Begin();
        }
    }

    /// <inheritdoc cref="FrameStore.Copy"/>
    public ulong Copy(FrameSegment segment, ulong after, ulong through)
    {
        lock (_lock)
        {
            return _frames.Copy(segment, after, through);
        }
    }

    /// <summary>Puts what a search found into the index, step by step, and then lets go on who waits for it.</summary>
    /// <returns>How many messages. A search that is not complete found nothing that may be used.</returns>
    public int EndBackfill(Backfill backfill, bool isComplete, List<BackplaneSubscription> toWake)
    {
        var indexed = 0;
        while (true)
        {
            lock (_lock)
            {
                var added = isComplete ? _backfills.Index(backfill, Step) : 0;
                if (added == 0)
                {
                    _backfills.End(backfill, isComplete, toWake);
                    return indexed;
                }

                indexed += added;
            }
        }
    }

    private void RunScanner(bool isNeeded)
    {
        if (isNeeded)
        {
            _context.Scheduler.Run(_scanner.Run);
        }
    }
}
