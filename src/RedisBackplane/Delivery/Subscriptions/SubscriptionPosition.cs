using RedisBackplane.Delivery.Buffer;
using RedisBackplane.Delivery.FlowControl;

namespace RedisBackplane.Delivery.Subscriptions;

/// <summary>The place of one subscription in one stream, and the keys that may have more messages for it.</summary>
/// <remarks>
/// <para>It is data of the <see cref="StreamBuffer"/>, which changes it under its lock. Only <see cref="Place"/>,
/// <see cref="MayHaveMessages"/> and <see cref="Commit"/> need no lock. Only the thread that takes calls
/// <see cref="Commit"/>, between two takes. Like all code that leaves <see cref="PositionState.Finishing"/>, it uses a
/// compare-and-swap.</para>
/// <para>
/// An idle position stores no place: it is at the watermark. The buffer raises the watermark last, when all positions
/// that a frame affects have left <see cref="PositionState.Idle"/>. A thread that first reads the watermark and then
/// finds the position idle therefore has a place up to which the subscription has seen everything.
/// </para>
/// </remarks>
internal sealed class SubscriptionPosition(BackplaneSubscription subscription, StreamBuffer buffer)
{
    /// <summary>Without a cursor: only messages from now on.</summary>
    public const long FromNow = long.MaxValue;

    private int _state = (int)PositionState.BeforeStart;
    private ulong _place;

    // The last id of the batch that was taken and is not committed; 0 if there is none.
    private ulong _taken;

    private PendingKeys _pending;

    // Before the start and without a cursor: since when the client has been waiting for messages of the stream.
    private long _since;

    // If it is ahead: the last id of the stream when the client connected, and when that was.
    private ulong _attachedAt;
    private long _attachedAtMicroseconds;

    private int _awaited;
    private bool _isSignaled;
    private bool _isPassedOver;

    // Intake does not wait for it before it has reached the last id that the stream had when the client connected; 0 if
    // the client was not late.
    private ulong _lateUntil;

    public BackplaneSubscription Subscription { get; } = subscription;

    public StreamBuffer Buffer { get; } = buffer;

    public PositionState State => (PositionState)Volatile.Read(ref _state);

    /// <summary>Its index in the list of <see cref="FlowControl.SubscriptionLag"/>; -1 if it is not there.</summary>
    public int ListIndex { get; set; } = -1;

    /// <summary>
    /// The id up to which the subscription has seen everything. It may be <see cref="CursorText.Present"/> before
    /// the start.
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

    /// <summary>
    /// Whether a take may find something. A thread that makes it true wakes the subscription afterwards.
    /// </summary>
    public bool MayHaveMessages => State is PositionState.Reading or PositionState.Finishing or PositionState.Ahead;

    /// <summary>
    /// The id after which messages wait for this subscription, if this server delays it; otherwise null.
    /// </summary>
    public ulong? LagsAfter
    {
        get
        {
            if (_isPassedOver || State is not (PositionState.Reading or PositionState.AwaitingBackfill) || !Subscription.IsAtWork)
            {
                return null;
            }

            // In this order, because a commit moves the place before it clears what was taken.
            var taken = Volatile.Read(ref _taken);
            var after = Math.Max(taken, Volatile.Read(ref _place));
            return after < _lateUntil ? null : after;
        }
    }

    /// <summary>Sets where to start when the stream has started; see <see cref="Start"/>.</summary>
    /// <param name="cursor">The id in the client's cursor, or <see cref="CursorText.Present"/>.</param>
    /// <param name="since">
    /// Without an id: since when the client has been waiting for messages of the stream, in microseconds since the Unix
    /// epoch; 0 for everything in the buffer, <see cref="FromNow"/> for nothing in it.
    /// </param>
    /// <param name="now">The current time, in microseconds since the Unix epoch.</param>
    public void Attach(ulong cursor, long since, long now)
    {
        _place = cursor;
        _since = since;
        _attachedAtMicroseconds = now;
    }

    /// <summary>
    /// Decides where to start. The stream has started now, or had already started when the client connected.
    /// </summary>
    /// <returns>The keys that were added in the meantime, to be followed from here.</returns>
    public IReadOnlyList<KeyLink> Start(FrameStore frames)
    {
        _attachedAt = frames.Watermark;
        if (_place == CursorText.Present)
        {
            _place = frames.LastIdBefore(_since);
        }

        // If most of the buffer follows the place, the client chose a very old cursor. Live delivery does not wait for
        // it.
        _lateUntil = IntakePause.IsBehind(frames.RoomAfter(_place)) ? _attachedAt : 0;
        Set(_place == _attachedAt ? PositionState.Idle : _place > _attachedAt ? PositionState.Ahead : PositionState.Reading);
        return _pending.RemoveAll();
    }

    /// <summary>The position follows a key from its place on.</summary>
    /// <returns>
    /// The id after which older messages of the key must be searched; null if no search is necessary.
    /// </returns>
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

    /// <summary>A frame contains a message of a followed key.</summary>
    /// <param name="watermark">The highest id before the frame.</param>
    /// <returns>Whether to wake the subscription.</returns>
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

    /// <summary>Takes the next messages to deliver: in id order, up to a command.</summary>
    /// <returns>The result without the messages, which <paramref name="batch"/> receives.</returns>
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
    /// The batch that was taken last is about to be delivered, and is not taken again. Called by the thread that took
    /// it.
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

    /// <summary>A search for older messages of one key has been requested.</summary>
    public void AwaitBackfill(KeyLink link)
    {
        link.IsAwaited = true;
        _awaited++;
        Set(PositionState.AwaitingBackfill);
    }

    /// <summary>The older messages of a key are in the index, or nobody waits for them any more.</summary>
    /// <returns>Whether the subscription may continue.</returns>
    public bool EndBackfill(KeyLink link)
    {
        link.IsAwaited = false;
        return --_awaited == 0 && Exchange(PositionState.AwaitingBackfill, PositionState.Reading);
    }

    /// <summary>Intake no longer waits for it, until it has taken something.</summary>
    public void PassOver() => _isPassedOver = true;

    /// <summary>Ends reading at the current place.</summary>
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
    /// client can have seen the id of a message that was sent after the client connected. If such a message has a lower
    /// id than the cursor, the cursor is from another farm, and its subscription would wait forever.
    /// </summary>
    /// <returns>The cursor, if it is from another farm.</returns>
    private ForeignCursor? LeaveAhead(FrameStore frames, long clockTolerance)
    {
        if (frames.Watermark >= _place)
        {
            // No message has arrived for it after its place: otherwise it would no longer be ahead.
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
