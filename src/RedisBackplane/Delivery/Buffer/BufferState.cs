using RedisBackplane.Delivery.FlowControl;
using RedisBackplane.Delivery.Subscriptions;
using RedisBackplane.Wire;

namespace RedisBackplane.Delivery.Buffer;

/// <summary>
/// What a <see cref="StreamBuffer"/> owns: the frames, the index of keys, the positions, and the searches for older
/// messages. Plain data without locks, events or callbacks; the buffer holds its locks around every call.
/// </summary>
internal sealed class BufferState
{
    private readonly DeliveryCounters _counters;
    private readonly KeyIndex _index;
    private readonly KeyMerge _merge;
    private readonly TimeProvider _time;
    private readonly long _clockTolerance;

    public BufferState(DeliveryLimits limits, SipHash hash, MessageFactory factory, DeliveryCounters counters, TimeProvider time)
    {
        _counters = counters;
        _time = time;
        _clockTolerance = limits.ClockTolerance.Ticks / (TimeSpan.TicksPerMillisecond / 1000);
        Frames = new FrameStore(limits, counters);
        _index = new KeyIndex(hash, limits, time, Frames);
        _merge = new KeyMerge(Frames, factory, limits.MaxPinnedBytes);
        Matcher = new KeyMatcher(_index);
        Lag = new SubscriptionLag(limits, Frames, time);
    }

    public FrameStore Frames { get; }

    public KeyMatcher Matcher { get; }

    public SubscriptionLag Lag { get; }

    public BackfillQueue Backfills { get; } = new();

    public bool HasStarted { get; private set; }

    public bool IsDisposed { get; private set; }

    /// <summary>Lets those go on that came before the start. False if it has been started or disposed before.</summary>
    public bool Start(ulong lastId, List<BackplaneSubscription> toWake)
    {
        if (HasStarted || IsDisposed)
        {
            return false;
        }

        if (Frames.IsEmpty)
        {
            Begin(lastId);
        }

        Frames.Raise(lastId);
        HasStarted = true;
        foreach (var position in Lag.Positions)
        {
            Start(position);
            toWake.Add(position.Subscription);
        }

        return true;
    }

    /// <summary>Stores the frame that <see cref="Matcher"/> has matched.</summary>
    /// <returns>The watermark before it; it is stored only if its first id is higher.</returns>
    public ulong Append(in Frame frame, List<BackplaneSubscription> toWake)
    {
        var header = frame.Header;
        if (IsDisposed)
        {
            return 0;
        }

        if (Frames.IsEmpty && !HasStarted)
        {
            Begin(header.PreviousId);
        }

        var watermark = Frames.Watermark;
        if (header.FirstId <= watermark)
        {
            return watermark;
        }

        Frames.Append(frame, Matcher.Hashes, Matcher.Heard, Matcher.IsSparse);
        _counters.Received(header.Count, header.Count - Matcher.Heard.Length);
        foreach (var heard in Matcher.Heard)
        {
            if (heard.Entry!.LastFrame != header.FirstId)
            {
                heard.Entry.LastFrame = header.FirstId;
                heard.Entry.Notify(watermark, header.LastId, toWake);
            }
        }

        // Last: an idle position stands at the watermark, and those that the frame concerns no longer are idle.
        Frames.Raise(header.LastId);
        Frames.Trim();
        Lag.Appended();
        return watermark;
    }

    /// <inheritdoc cref="SubscriptionPosition.Attach"/>
    public void Attach(SubscriptionPosition position, ulong cursor, long since)
    {
        var now = UnixTime.Microseconds(_time.GetUtcNow());

        // A client that waits for the start gets what is sent from now on.
        position.Attach(cursor, since == SubscriptionPosition.FromNow && !HasStarted ? now : since, now);
        Lag.Add(position);
        if (HasStarted)
        {
            Start(position);
        }
    }

    /// <inheritdoc cref="KeyIndex.AddFollowers"/>
    public void AddFollowers(string key, List<BackplaneSubscription> to) => _index.AddFollowers(key, to);

    /// <summary>Ends a position: it stays where it stands, and follows no key.</summary>
    public void Detach(SubscriptionPosition position, IEnumerable<KeyLink> links)
    {
        position.Freeze();
        foreach (var link in links)
        {
            Unfollow(link);
        }

        Lag.Remove(position);
    }

    /// <summary>Lets a position follow a key from where it stands.</summary>
    public KeyLink Follow(SubscriptionPosition position, string key)
    {
        var before = _index.Count;
        var entry = _index.GetOrAdd(key);
        _counters.IndexedKeysChanged(_index.Count - before);
        var link = KeyIndex.Link(position, entry);
        Seek(link);
        return link;
    }

    public void Unfollow(KeyLink link)
    {
        if (link.IsRemoved)
        {
            return;
        }

        _index.Unlink(link);
        if (link.IsAwaited)
        {
            link.Position.EndBackfill(link);
        }
    }

    public TakeResult Take(SubscriptionPosition position, int max, MessageBatch batch)
    {
        try
        {
            return IsDisposed ? default : position.Take(max, Frames, _merge, batch, _clockTolerance);
        }
        finally
        {
            _merge.Clear();
        }
    }

    /// <inheritdoc cref="KeyIndex.Sweep"/>
    public bool Sweep(int atMost)
    {
        var before = _index.Count;
        var more = _index.Sweep(atMost);
        _counters.IndexedKeysChanged(_index.Count - before);
        return more;
    }

    public void Dispose()
    {
        IsDisposed = true;
        _counters.IndexedKeysChanged(-_index.Count);
        Frames.Clear();
        _index.Clear();
    }

    /// <summary>The buffer holds what comes after an id. What followed keys had before is not known.</summary>
    private void Begin(ulong lastId)
    {
        Frames.Begin(lastId);
        foreach (var entry in _index.ToList())
        {
            entry.CompleteAfter = lastId;
        }
    }

    private void Start(SubscriptionPosition position)
    {
        foreach (var link in position.Start(Frames))
        {
            Seek(link);
        }
    }

    /// <summary>Asks for the older messages of a key that its position needs and the index does not have.</summary>
    private void Seek(KeyLink link)
    {
        if (link.Position.Follow(link, Frames.Floor) is { } after)
        {
            Backfills.Request(link, after);
        }
    }
}
