using RedisBackplane.Delivery.Subscriptions;

namespace RedisBackplane.Delivery.Buffer;

// The part that the scanner calls. It takes the lock only to copy and to index, and searches without it.
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

    /// <summary>
    /// Adds the results of a search to the index, step by step, and then lets the waiting positions continue.
    /// </summary>
    /// <returns>The number of messages. The results of an incomplete search are not used.</returns>
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

    // For the first cursor with a time, the send times of the whole buffer are read. This is done step by step, so that
    // frames and other subscriptions do not wait for it.
    private void IndexTimes(long since)
    {
        var more = since != SubscriptionPosition.FromNow;
        while (more)
        {
            lock (_lock)
            {
                more = _frames.IndexTimes(Step);
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
