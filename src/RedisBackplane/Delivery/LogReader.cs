using Microsoft.AspNet.SignalR.Messaging;

namespace RedisBackplane.Delivery;

/// <summary>
/// One subscription's place in one stream. A batch is taken with <see cref="Take"/> and counts as seen with <see cref="Commit"/>.
/// Thread-safe; all state is guarded by <see cref="StreamLog.Gate"/>.
/// </summary>
internal sealed class LogReader
{
    private readonly StreamLog _log;

    // The keys that may have messages to take. A key leaves the list only when a later look finds none: while a batch is being delivered
    // its keys are here, and so are keys whose older messages are still looked for.
    private KeyLink? _dirty;

    private ulong _cursor;

    // Where the batch ends that was taken and has not been committed; 0 where there is none.
    private ulong _taken;

    // Since it last found nothing, nothing has come for it up to this id.
    private ulong _dirtyAfter;

    private bool _isFrozen;
    private bool _isPassedOver;
    private bool _hasMissed;

    // The client came with an id that this server has not reached yet.
    private bool _isAhead;
    private ulong _attachedAt;
    private long _attachedAtMicroseconds;

    // Where the client has no id in this stream: since when it has been waiting for what the stream brings; null for from now on.
    private long? _since;

    public LogReader(LogSubscription subscription, StreamLog log)
    {
        Subscription = subscription;
        _log = log;
    }

    public LogSubscription Subscription { get; }

    public StreamLog Log => _log;

    /// <summary>
    /// It is about to be woken, and does not need to be woken again until it has looked. Guarded by <see cref="StreamLog.Gate"/>.
    /// </summary>
    public bool IsAwake { get; set; }

    /// <summary>How many of its keys wait for a search of older messages. Guarded by <see cref="StreamLog.Gate"/>.</summary>
    public int Waiting { get; set; }

    /// <summary>Its place in <see cref="Backlog"/>; -1 where it has none. Guarded by <see cref="StreamLog.Gate"/>.</summary>
    public int Slot { get; set; } = -1;

    /// <summary>
    /// The id up to which it has taken what is for it, if there may be more and it is this server that keeps it waiting; else null. The
    /// caller holds <see cref="StreamLog.Gate"/>.
    /// </summary>
    public ulong? WorksAfter => _dirty is null || _isFrozen || _isPassedOver || !Subscription.IsAtWork
        ? null
        : Math.Max(_dirtyAfter, Math.Max(_cursor, _taken));

    /// <summary>It is waited for no more, until it has taken something. The caller holds <see cref="StreamLog.Gate"/>.</summary>
    public void PassOver() => _isPassedOver = true;

    /// <summary>Takes what is to be delivered next: own messages in id order, up to a command.</summary>
    /// <param name="max">The most messages to take.</param>
    public TakenMessages Take(int max)
    {
        lock (_log.Gate)
        {
            IsAwake = false;
            _isPassedOver = false;
            if (_isFrozen || Waiting > 0 || max <= 0 || !_log.HasStarted)
            {
                return default;
            }

            _taken = 0;
            var foreign = LeaveForeignCursor();
            var taken = new TakenMessages { ForeignCursor = foreign, Cursor = _cursor, Floor = _log.Frames.Floor };
            var merge = _log.Merge;
            CollectDirty(merge);
            taken.HasMissed = _hasMissed;
            _hasMissed = false;
            if (merge.IsEmpty)
            {
                MoveToWatermark();
                return taken;
            }

            taken.Messages = merge.Take(max, out _taken, out taken.EndsWithCommand);
            if (merge.IsEmpty && !taken.EndsWithCommand)
            {
                _taken = _log.Frames.Watermark;
            }

            merge.Clear();
            return taken;
        }
    }

    /// <summary>What was taken last is about to be delivered, and will not be taken again.</summary>
    /// <returns>The id up to which the subscription has seen everything.</returns>
    public ulong Commit()
    {
        lock (_log.Gate)
        {
            _cursor = Math.Max(_cursor, _taken);
            _taken = 0;
            return _cursor;
        }
    }

    /// <summary>
    /// The id up to which the subscription has seen everything. Where nothing may be waiting for it, that is all there is: an idle client's
    /// place moves on, so that it can come back to it for as long as anyone's.
    /// </summary>
    /// <returns>The id, or <see cref="DeliveryCursor.Present"/> before the log has begun.</returns>
    public ulong GetPlace()
    {
        lock (_log.Gate)
        {
            if (!_isFrozen && _dirty is null && _log.HasStarted)
            {
                MoveToWatermark();
            }

            return _cursor;
        }
    }

    /// <summary>Ends the reading; the place no longer moves. The caller holds <see cref="StreamLog.Gate"/>.</summary>
    public void Freeze() => _isFrozen = true;

    /// <summary>Sets the place to begin at. The caller holds <see cref="StreamLog.Gate"/>.</summary>
    /// <param name="cursor">The id the client came with, or <see cref="DeliveryCursor.Present"/>.</param>
    /// <param name="since">
    /// Without an id: since when it has been waiting for what the stream brings, in microseconds since the Unix epoch, 0 for everything
    /// that the log holds; <see langword="null"/> for from now on.
    /// </param>
    public void Attach(ulong cursor, long? since)
    {
        _cursor = cursor;
        _since = since;
        if (_log.HasStarted)
        {
            Start();
        }
        else
        {
            _since ??= _log.NowMicroseconds();
        }
    }

    /// <summary>It is known where the stream stands. The caller holds <see cref="StreamLog.Gate"/>.</summary>
    public void Start()
    {
        var present = _log.Frames.Watermark;
        if (_cursor == DeliveryCursor.Present)
        {
            // Who came before the first connection has waited for what was sent meanwhile, maybe by a server that was connected earlier.
            _cursor = _since is { } since ? _log.Frames.LastIdBefore(since) : present;
        }

        _isAhead = _cursor > present;
        _attachedAt = present;
        _attachedAtMicroseconds = _isAhead ? _log.NowMicroseconds() : 0;
    }

    /// <summary>A key is followed from here on. The caller holds <see cref="StreamLog.Gate"/>.</summary>
    /// <returns>The id after which its older messages must be looked for, or null where the index has all.</returns>
    public ulong? Follow(KeyLink link)
    {
        MarkDirty(link, 0);
        if (link.Entry.IndexedAfter <= _cursor)
        {
            return null;
        }

        var floor = _log.Frames.Floor;
        _hasMissed |= _cursor < floor;
        var after = Math.Max(_cursor, floor);
        return after < link.Entry.IndexedAfter ? after : null;
    }

    /// <summary>A key may have messages to take. The caller holds <see cref="StreamLog.Gate"/>.</summary>
    /// <param name="link">The key.</param>
    /// <param name="after">It has none up to this id.</param>
    public void MarkDirty(KeyLink link, ulong after)
    {
        _dirtyAfter = _dirty is null ? after : Math.Min(_dirtyAfter, after);
        if (!link.IsDirty)
        {
            link.IsDirty = true;
            link.NextDirty = _dirty;
            _dirty = link;
        }
    }

    /// <summary>The older messages of a key are in the index. The caller holds <see cref="StreamLog.Gate"/>.</summary>
    public void Found(KeyLink link)
    {
        EndWaiting(link);
        MarkDirty(link, 0);
        // What the log dropped while the search was under way was not found.
        _hasMissed |= link.Entry.IndexedAfter > _cursor && _log.Frames.Floor > _cursor;
    }

    /// <summary>A key no longer waits for its older messages. The caller holds <see cref="StreamLog.Gate"/>.</summary>
    public void EndWaiting(KeyLink link)
    {
        link.IsWaiting = false;
        Waiting--;
    }

    /// <summary>Puts the keys that have messages to take into the merge, and forgets the others.</summary>
    private void CollectDirty(PositionMerge merge)
    {
        var kept = default(KeyLink);
        var link = _dirty;
        while (link is not null)
        {
            var next = link.NextDirty;
            var entry = link.Entry;
            var first = link.IsRemoved ? entry.Positions.Count : entry.FirstAfter(_cursor);
            _hasMissed |= !link.IsRemoved && entry.DroppedThrough > _cursor;
            if (first < entry.Positions.Count)
            {
                merge.Add(entry.Positions, first);
            }

            if (first < entry.Positions.Count || (_isAhead && !link.IsRemoved))
            {
                link.NextDirty = kept;
                kept = link;
            }
            else
            {
                link.NextDirty = null;
                link.IsDirty = false;
            }

            link = next;
        }

        _dirty = kept;
    }

    /// <summary>
    /// Servers hear messages at slightly different times, so that a client may come with an id this server has yet to reach, and waits for
    /// it. But no client can have seen an id whose message was sent after the client came: that cursor is from elsewhere, and would keep
    /// the client waiting for ever.
    /// </summary>
    /// <returns>The cursor that cannot be, if it is one; else null.</returns>
    private ulong? LeaveForeignCursor()
    {
        if (!_isAhead)
        {
            return null;
        }

        if (_log.Frames.Watermark >= _cursor)
        {
            _isAhead = false;
            return null;
        }

        if (_log.Frames.LastSentAtMicroseconds - _attachedAtMicroseconds <= _log.ClockToleranceMicroseconds)
        {
            return null;
        }

        _isAhead = false;
        var foreign = _cursor;
        _cursor = _attachedAt;
        return foreign;
    }

    private void MoveToWatermark()
    {
        if (_cursor < _log.Frames.Watermark)
        {
            _cursor = _log.Frames.Watermark;
        }
    }
}

/// <summary>What <see cref="LogReader.Take"/> took, and what there is to say about it.</summary>
internal struct TakenMessages
{
    public ArraySegment<Message> Messages;

    /// <summary>The last message changes which keys the subscription hears: nothing after it may be taken before it is delivered.</summary>
    public bool EndsWithCommand;

    /// <summary>Messages are missing: the log dropped them before they were taken.</summary>
    public bool HasMissed;

    /// <summary>Where the subscription stood.</summary>
    public ulong Cursor;

    /// <summary>Where the log begins.</summary>
    public ulong Floor;

    /// <summary>The client's cursor, if it was found to be one that cannot be.</summary>
    public ulong? ForeignCursor;
}
