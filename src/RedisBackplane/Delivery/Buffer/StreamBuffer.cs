using Microsoft.Extensions.Logging;
using RedisBackplane.Delivery.Subscriptions;
using RedisBackplane.Receiving;
using RedisBackplane.Wire;

namespace RedisBackplane.Delivery.Buffer;

/// <summary>
/// One stream on this server: the monitor of its frames, the index of the keys that subscriptions here follow, and the
/// positions of these subscriptions. Thread-safe. It alone locks: what it owns is plain data
/// (<see cref="BufferState"/>), and no other type knows its locks.
/// </summary>
/// <remarks>
/// <para>Two locks, taken in this order. <c>_keysLock</c> keeps the set of keys in the index: whoever adds or removes
/// one holds it, and the receiving thread for a whole frame, so that no message slips between being matched and being
/// stored. <c>_lock</c> guards all else, and the receiving thread holds it only while it stores what was heard:
/// subscriptions take their messages while it reads the many that nobody hears. No callback and no search runs under
/// either, and the receiving thread takes no other lock.</para>
/// <para>A frame is stored under one hold of <c>_lock</c>: a subscription sees all of it or nothing. The bytes of a
/// frame never change, so that messages are made of them, and searched for in them, without a lock.</para>
/// </remarks>
internal sealed class StreamBuffer : IFrameSink
{
    /// <summary>Keys, or messages, that are gone through under one hold of a lock.</summary>
    private const int Step = 1000;
    private readonly object _keysLock = new();
    private readonly object _lock = new();
    private readonly BufferState _state;

    private readonly string _appName;
    private readonly ILogger _logger;
    private readonly DeliveryTrace _trace;
    private readonly SubscriptionScheduler _scheduler;
    private readonly MessageFactory _factory;
    private readonly BackfillScanner _scanner;

    // Of the receiving thread.
    private readonly List<BackplaneSubscription> _toWake = [];

    public StreamBuffer(
        string appName,
        int streamIndex,
        DeliveryLimits limits,
        SipHash hash,
        SubscriptionScheduler scheduler,
        DeliveryCounters counters,
        DeliveryTrace trace,
        ILogger logger,
        TimeProvider time)
    {
        _appName = appName;
        StreamIndex = streamIndex;
        _trace = trace;
        _scheduler = scheduler;
        _logger = logger;
        _factory = new MessageFactory(streamIndex);
        _state = new BufferState(limits, hash, _factory, counters, time);
        _scanner = new BackfillScanner(appName, this, scheduler, counters, logger);
    }

    public int StreamIndex { get; }

    /// <summary>The highest id that was received. Needs no lock.</summary>
    public ulong Watermark => _state.Frames.Watermark;

    /// <inheritdoc/>
    public bool IsCrowded
    {
        get
        {
            if (!_state.Lag.IsCrowded)
            {
                return false;
            }

            lock (_lock)
            {
                return _state.Lag.Look();
            }
        }
    }

    /// <summary>
    /// Begins to serve subscriptions. What was appended before is the past, kept for clients that come with a cursor; a
    /// subscription without one begins after <paramref name="lastId"/> or, if it waited for this, with what was sent
    /// since it came. A second call does nothing.
    /// </summary>
    public void Start(ulong lastId)
    {
        var toWake = new List<BackplaneSubscription>();
        bool mustScan;
        lock (_keysLock)
        lock (_lock)
        {
            if (!_state.Start(lastId, toWake))
            {
                return;
            }

            mustScan = _state.Backfills.TryStart();
        }

        DeliveryLog.LogStarted(_logger, _appName, StreamIndex, lastId);
        RunScanner(mustScan);
        _scheduler.Wake(toWake);
    }

    /// <summary>Stores a frame and wakes who hears of it. Called by one thread at a time, in the order of the ids.</summary>
    /// <param name="frame">The frame; it is kept, and nobody may change its bytes afterwards.</param>
    public void Append(in Frame frame)
    {
        _trace.Received(StreamIndex, frame);
        ulong watermark;
        lock (_keysLock)
        {
            try
            {
                _state.Matcher.Match(frame);
                lock (_lock)
                {
                    watermark = _state.Append(frame, _toWake);
                }
            }
            finally
            {
                _state.Matcher.Clear();
            }
        }

        if (frame.Header.FirstId <= watermark)
        {
            DeliveryLog.FrameOutOfOrder(_logger, _appName, StreamIndex, frame.Header.FirstId, frame.Header.LastId, watermark);
            return;
        }

        _scheduler.Wake(_toWake);
        _toWake.Clear();
    }

    /// <summary>
    /// Lets a new position follow keys, all from the place where <see cref="SubscriptionPosition.Attach"/> puts it;
    /// <paramref name="links"/> receives the links, in the order of the keys.
    /// </summary>
    public void Attach(SubscriptionPosition position, ulong cursor, long since, IReadOnlyCollection<string> keys, List<KeyLink> links)
    {
        bool mustScan;
        lock (_keysLock)
        lock (_lock)
        {
            _state.Attach(position, cursor, since);
            foreach (var key in keys)
            {
                links.Add(_state.Follow(position, key));
            }

            mustScan = _state.Backfills.TryStart();
        }

        RunScanner(mustScan);
    }

    /// <inheritdoc cref="BufferState.Detach"/>
    public void Detach(SubscriptionPosition position, IEnumerable<KeyLink> links)
    {
        lock (_lock)
        {
            _state.Detach(position, links);
        }
    }

    /// <summary>Lets a position follow one more key, from the place where it stands.</summary>
    public KeyLink AddKey(SubscriptionPosition position, string key)
    {
        KeyLink link;
        bool mustScan;
        lock (_keysLock)
        lock (_lock)
        {
            link = _state.Follow(position, key);
            mustScan = _state.Backfills.TryStart();
        }

        RunScanner(mustScan);
        return link;
    }

    public void RemoveKey(KeyLink link)
    {
        lock (_lock)
        {
            _state.Unfollow(link);
        }
    }

    /// <summary>The subscriptions that follow a key.</summary>
    public List<BackplaneSubscription> FollowersOf(string key)
    {
        var followers = new List<BackplaneSubscription>();
        lock (_keysLock)
        lock (_lock)
        {
            _state.AddFollowers(key, followers);
        }

        return followers;
    }

    /// <summary>Takes what a subscription gets next: messages in id order, up to a command.</summary>
    /// <param name="position">Where it stands.</param>
    /// <param name="max">The most messages to take, but for those that share an id.</param>
    public TakeResult Take(SubscriptionPosition position, int max)
    {
        if (max <= 0 || !position.MayHaveMessages)
        {
            return default;
        }

        var batch = MessageBatch.OfThread;
        TakeResult result;
        lock (_lock)
        {
            result = _state.Take(position, max, batch);
        }

        return result with { Messages = batch.Make(_factory) };
    }

    /// <summary>Removes the keys that have lingered long enough after their last subscription.</summary>
    public void Sweep()
    {
        bool more;
        do
        {
            lock (_keysLock)
            lock (_lock)
            {
                more = _state.Sweep(Step);
            }
        }
        while (more);
    }

    /// <summary>Changes its share in what all streams may hold, because their number has changed.</summary>
    public void Limit(DeliveryLimits limits)
    {
        lock (_lock)
        {
            _state.Frames.Limits = limits;
            _state.Frames.Trim();
        }
    }

    /// <inheritdoc cref="BackfillQueue.Begin"/>
    public List<Backfill>? BeginBackfills()
    {
        lock (_lock)
        {
            return _state.Backfills.Begin();
        }
    }

    /// <inheritdoc cref="FrameStore.Copy"/>
    public ulong Copy(FrameSegment segment, ulong after, ulong through)
    {
        lock (_lock)
        {
            return _state.Frames.Copy(segment, after, through);
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
                var added = isComplete ? BackfillQueue.Index(backfill, _state.Frames, Step) : 0;
                if (added == 0)
                {
                    BackfillQueue.End(backfill, isComplete, _state.Frames, toWake);
                    return indexed;
                }

                indexed += added;
            }
        }
    }

    /// <summary>Lets go of everything. Later frames are dropped, and positions stay where they are.</summary>
    public void Dispose()
    {
        lock (_keysLock)
        lock (_lock)
        {
            _state.Dispose();
        }
    }

    private void RunScanner(bool isNeeded)
    {
        if (isNeeded)
        {
            _scheduler.Run(_scanner.Run);
        }
    }
}
