using RedisBackplane.Delivery.Buffer;
using RedisBackplane.Delivery.FlowControl;

namespace RedisBackplane.Delivery.Subscriptions;

/// <summary>The place of one subscription in one stream, and the keys that may have more messages for it.</summary>
/// <remarks>
/// <para>It is data of the <see cref="StreamBuffer"/>, which changes it under its lock. Only <see cref="Place"/>,
/// <see cref="MayHaveMessages"/> and <see cref="Commit"/> need no lock: <see cref="Commit"/> is called by the one
/// thread that takes, between two takes, and leaves <see cref="PositionState.Finishing"/> by a compare-and-swap, as
/// everybody else does who leaves it.</para>
/// <para>An idle position stores no place: it stands at the watermark. The buffer raises the watermark last, when all
/// positions that a frame concerns have left <see cref="PositionState.Idle"/>. So whoever reads the watermark first and
/// then finds the position idle has a place before which the subscription has seen everything.</para>
/// </remarks>
internal sealed class SubscriptionPosition(BackplaneSubscription subscription, StreamBuffer buffer)
{
    /// <summary>Without a cursor: from what comes from now on.</summary>
    public const long FromNow = long.MaxValue;

    private int _state = (int)PositionState.BeforeStart;
    private ulong _place;

    // Where the batch ends that was taken and is not committed; 0 if there is none.
    private ulong _taken;

    private PendingKeys _pending;

    // Before the start, and without a cursor: since when the client has been waiting for what the stream brings.
    private long _since;

    // Ahead: where the stream stood when the client came, and when that was.
    private ulong _attachedAt;
    private long _attachedAtMicroseconds;

    private int _awaited;
    private bool _isSignaled;
    private bool _isPassedOver;

    // It is not waited for before it has come up to where the stream stood when the client came; 0 if it came in time.
    private ulong _lateUntil;

    public BackplaneSubscription Subscription { get; } = subscription;

    public StreamBuffer Buffer { get; } = buffer;

    public PositionState State => (PositionState)Volatile.Read(ref _state);

    /// <summary>Its index in the list of <see cref="FlowControl.SubscriptionLag"/>; -1 if it is not there.</summary>
    public int Slot { get; set; } = -1;

    /// <summary>
    /// The id up to which all was seen; may be <see cref="DeliveryCursor.Present"/> before the start.
    /// </summary>
    public ulong Place
    {
        get
        {
            var watermark = Buffer.Watermark;
            return State switch
            {
                PositionState.Idle => watermark,
                PositionState.Ahead => Math.Max(watermark, Volatile.Read(ref _place)),
                _ => Volatile.Read(ref _place),
            };
        }
    }

    /// <summary>A take may find something. Whoever makes it true wakes the subscription afterwards.</summary>
    public bool MayHaveMessages => State is PositionState.Reading or PositionState.Finishing or PositionState.Ahead;

    /// <summary>The id after which this server holds messages back from it; null if it does not.</summary>
    public ulong? LagsAfter
    {
        get
        {
            if (_isPassedOver || State is not (PositionState.Reading or PositionState.AwaitingBackfill) || !Subscription.IsAtWork)
            {
                return null;
            }

            // In this order: a commit moves the place before it forgets what was taken.
            var taken = Volatile.Read(ref _taken);
            var after = Math.Max(taken, Volatile.Read(ref _place));
            return after < _lateUntil ? null : after;
        }
    }

    /// <summary>Sets where to begin once the stream has started; see <see cref="Start"/>.</summary>
    /// <param name="cursor">The id the client came with, or <see cref="DeliveryCursor.Present"/>.</param>
    /// <param name="since">
    /// Without an id: since when the client has been waiting for what the stream brings, in microseconds since the Unix
    /// epoch; 0 for everything that the buffer holds, <see cref="FromNow"/> for nothing of it.
    /// </param>
    /// <param name="now">The present, in microseconds since the Unix epoch.</param>
    public void Attach(ulong cursor, long since, long now)
    {
        _place = cursor;
        _since = since;
        _attachedAtMicroseconds = now;
    }

    /// <summary>The stream has started, or had when the client came: decides where to begin.</summary>
    /// <returns>The keys that were followed meanwhile, to be followed from here.</returns>
    public IReadOnlyList<KeyLink> Start(FrameStore frames)
    {
        _attachedAt = frames.Watermark;
        if (_place == DeliveryCursor.Present)
        {
            _place = frames.LastIdBefore(_since);
        }

        // A place that most of the buffer follows is the client's choice: live delivery does not wait for it.
        _lateUntil = IntakePause.IsBehind(frames.RoomAfter(_place)) ? _attachedAt : 0;
        Set(_place == _attachedAt ? PositionState.Idle : _place > _attachedAt ? PositionState.Ahead : PositionState.Reading);
        return _pending.RemoveAll();
    }

    /// <summary>A key is followed from the place on.</summary>
    /// <returns>The id after which its older messages must be looked for; null if none need be.</returns>
    public ulong? Follow(KeyLink link, ulong floor)
    {
        if (!IsBehind())
        {
            if (State is PositionState.BeforeStart or PositionState.Ahead)
            {
                _pending.Add(link);
            }

            return null;
        }

        _pending.Add(link);
        var place = Volatile.Read(ref _place);
        var after = Math.Max(place, floor);
        return link.Entry.IsTooOld(place) && after < link.Entry.CompleteAfter ? after : null;
    }

    /// <summary>A frame brought a message of a followed key.</summary>
    /// <param name="watermark">The highest id before the frame.</param>
    /// <param name="lastId">The last id of the frame.</param>
    /// <returns>The subscription is to be woken.</returns>
    public bool Notify(KeyLink link, ulong watermark, ulong lastId)
    {
        _pending.Add(link);
        if (!IsBehind())
        {
            switch (State)
            {
                case PositionState.Idle:
                    Volatile.Write(ref _place, watermark);
                    Set(PositionState.Reading);
                    break;
                case PositionState.Ahead:
                    if (lastId > _place)
                    {
                        Set(PositionState.Reading);
                    }

                    break;
                default:
                    return false;
            }
        }

        if (_isSignaled || State == PositionState.AwaitingBackfill)
        {
            return false;
        }

        _isSignaled = true;
        return true;
    }

    /// <summary>Takes what is to be delivered next: messages in id order, up to a command.</summary>
    /// <returns>The result, but for the messages, which <paramref name="batch"/> receives.</returns>
    public TakeResult Take(int max, FrameStore frames, KeyMerge merge, MessageBatch batch, long clockTolerance)
    {
        _isSignaled = false;
        _isPassedOver = false;
        var foreign = State == PositionState.Ahead ? LeaveAhead(frames, clockTolerance) : null;
        if (State is not (PositionState.Reading or PositionState.Finishing))
        {
            return default;
        }

        var place = _place;
        var miss = _pending.Collect(place, merge) ? new BufferMiss(place, frames.Floor) : null;
        var endsWithCommand = merge.Take(max, batch, out var last);
        if (!merge.IsEmpty || endsWithCommand)
        {
            Volatile.Write(ref _taken, last);
            Set(PositionState.Reading);
        }
        else if (batch.Count > 0)
        {
            Volatile.Write(ref _taken, frames.Watermark);
            Set(PositionState.Finishing);
        }
        else
        {
            Set(PositionState.Idle);
        }

        return new TakeResult { EndsWithCommand = endsWithCommand, Miss = miss, Foreign = foreign };
    }

    /// <summary>
    /// What was taken last is about to be delivered, and is not taken again. Called by the thread that took it.
    /// </summary>
    /// <returns>The id up to which the subscription has seen everything.</returns>
    public ulong Commit()
    {
        if (_taken > 0)
        {
            Volatile.Write(ref _place, _taken);
            Volatile.Write(ref _taken, 0);
            Exchange(PositionState.Finishing, PositionState.Idle);
        }

        return Place;
    }

    /// <summary>The older messages of one key are looked for.</summary>
    public void AwaitBackfill(KeyLink link)
    {
        link.IsAwaited = true;
        _awaited++;
        Set(PositionState.AwaitingBackfill);
    }

    /// <summary>The older messages of a key are there, or nobody waits for them any more.</summary>
    /// <returns>The subscription may go on.</returns>
    public bool EndBackfill(KeyLink link)
    {
        link.IsAwaited = false;
        return --_awaited == 0 && Exchange(PositionState.AwaitingBackfill, PositionState.Reading);
    }

    /// <summary>It is waited for no more, until it has taken something.</summary>
    public void PassOver() => _isPassedOver = true;

    /// <summary>Ends reading at the present place.</summary>
    public void Freeze()
    {
        if (Exchange(PositionState.Finishing, PositionState.Frozen))
        {
            return;
        }

        if (State is PositionState.Idle or PositionState.Ahead)
        {
            Volatile.Write(ref _place, Place);
        }

        Set(PositionState.Frozen);
    }

    /// <summary>The place is before the watermark and fixed: the messages after it must be taken.</summary>
    private bool IsBehind() => State switch
    {
        PositionState.Reading or PositionState.AwaitingBackfill => true,
        PositionState.Finishing => Exchange(PositionState.Finishing, PositionState.Reading),
        _ => false,
    };

    /// <summary>
    /// No two servers are at the same id, so a client may come with an id that this server has not reached yet. But no
    /// client can have seen the id of a message that was sent after the client came. Such a cursor is from another
    /// farm, and its subscription would wait forever.
    /// </summary>
    /// <returns>The cursor, if it is from elsewhere.</returns>
    private ForeignCursor? LeaveAhead(FrameStore frames, long clockTolerance)
    {
        if (frames.Watermark >= _place)
        {
            // Nothing has come for it after its place: it would no longer be ahead.
            Set(PositionState.Idle);
            return null;
        }

        if (frames.LastSentAtMicroseconds - _attachedAtMicroseconds <= clockTolerance)
        {
            return null;
        }

        var foreign = new ForeignCursor(_place, _attachedAt);
        Volatile.Write(ref _place, _attachedAt);
        Set(PositionState.Reading);
        return foreign;
    }

    private void Set(PositionState state) => Volatile.Write(ref _state, (int)state);

    private bool Exchange(PositionState from, PositionState to) =>
        Interlocked.CompareExchange(ref _state, (int)to, (int)from) == (int)from;
}
