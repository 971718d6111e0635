using RedisBackplane.Delivery.Subscriptions;

namespace RedisBackplane.Delivery.Buffer;

/// <summary>
/// The requested searches for older messages, and their results. Data of the <see cref="StreamBuffer"/>.
/// </summary>
internal sealed class BackfillQueue(FrameStore frames)
{
    private List<Backfill> _requested = [];
    private bool _isRunning;

    /// <inheritdoc cref="SubscriptionPosition.Start"/>
    public void Start(SubscriptionPosition position)
    {
        foreach (var link in position.Start(frames))
        {
            Seek(link);
        }
    }

    /// <summary>Asks for the older messages of a key that its position needs and the index does not have.</summary>
    public KeyLink Seek(KeyLink link)
    {
        if (link.Position.Follow(link, frames.Floor) is { } after)
        {
            Request(link, after);
        }

        return link;
    }

    /// <summary>Whether to start the scanner: searches wait, and it is not running.</summary>
    public bool TryStart()
    {
        if (_isRunning || _requested.Count == 0)
        {
            return false;
        }

        return _isRunning = true;
    }

    /// <summary>
    /// Takes all waiting searches, to run them together. Null if there are none; the scanner then ends.
    /// </summary>
    public List<Backfill>? Begin()
    {
        if (_requested.Count == 0)
        {
            _isRunning = false;
            return null;
        }

        var backfills = _requested;
        _requested = [];
        foreach (var backfill in backfills)
        {
            backfill.IsRunning = true;
            backfill.Through = backfill.Entry.CompleteAfter;
        }

        return backfills;
    }

    /// <summary>Puts some of what was found, the newest first, before the other messages of the key.</summary>
    /// <returns>How many messages; none when there are no more.</returns>
    public int Index(Backfill backfill, int atMost)
    {
        var found = backfill.Found;
        var indexed = 0;
        while (found.Count > 0 && indexed < atMost && !backfill.Entry.IsRemoved && found[found.Count - 1].Id > frames.Floor)
        {
            frames.AddFirst(backfill.Entry, found[found.Count - 1]);
            found.RemoveAt(found.Count - 1);
            indexed++;
        }

        return indexed;
    }

    /// <summary>
    /// Ends a search: the positions that waited for it continue, whether or not everything that was found is in the
    /// index.
    /// </summary>
    public void End(Backfill backfill, bool isComplete, List<BackplaneSubscription> toWake)
    {
        var entry = backfill.Entry;
        if (entry.Backfill == backfill)
        {
            entry.Backfill = null;
        }

        if (isComplete)
        {
            entry.CompleteAfter = Math.Min(entry.CompleteAfter, Math.Max(backfill.After, frames.Floor));
        }

        foreach (var link in backfill.Waiters)
        {
            if (link.IsAwaited && link.Position.EndBackfill(link))
            {
                toWake.Add(link.Position.Subscription);
            }
        }
    }

    /// <summary>Asks for the messages of a link's key after an id; its position waits for them.</summary>
    private void Request(KeyLink link, ulong after)
    {
        var backfill = link.Entry.Backfill;
        if (backfill is null || (backfill.IsRunning && after < backfill.After))
        {
            backfill = new Backfill(link.Entry, after);
            link.Entry.Backfill = backfill;
            _requested.Add(backfill);
        }

        backfill.After = Math.Min(backfill.After, after);
        backfill.Waiters.Add(link);
        link.Position.AwaitBackfill(link);
    }
}
