using RedisBackplane.Delivery.FlowControl;
using RedisBackplane.Delivery.Subscriptions;
using RedisBackplane.Receiving;
using RedisBackplane.Wire;

namespace RedisBackplane.Delivery.Buffer;

/// <summary>
/// One stream on this server: its frames, the index of the keys that subscriptions here follow, and the positions of
/// these subscriptions. Thread-safe. Only this type locks (a monitor in the sense of concurrency): the data that it
/// owns has no locks, events or callbacks, and no other type can take its locks.
/// </summary>
/// <remarks>
/// <para>There are two locks, taken in this order. <c>_keysLock</c> guards the set of keys in the index. Every thread
/// that adds or removes a key there holds it. The receiving thread holds it for a whole frame, so that no message is
/// missed between the match and the store. <c>_lock</c> guards everything else, also who follows a key. The receiving
/// thread holds it only while it stores the messages that have local subscribers, so subscriptions can take their
/// messages while it matches a frame. No search runs under either lock, and of the application's code only performance
/// counters. The receiving thread takes no other lock.</para>
/// <para>A frame is stored under one hold of <c>_lock</c>, so a subscription sees all of it or nothing. The bytes of a
/// frame never change, so messages can be created from them, and searched in them, without a lock.</para>
/// </remarks>
internal sealed partial class StreamBuffer : IFrameSink
{
    /// <summary>The most keys or messages to process while a lock is held once.</summary>
    private const int Step = 1000;

    /// <summary>How far the clock of a publisher may be behind this server's, in microseconds.</summary>
    private const long StartTolerance = 1_000_000;

    private readonly object _keysLock = new();
    private readonly object _lock = new();
    private readonly DeliveryContext _context;
    private readonly FrameStore _frames;
    private readonly KeyIndex _index;
    private readonly KeyMatcher _matcher;
    private readonly KeyMerge _merge;
    private readonly MessageFactory _factory;
    private readonly SubscriptionLag _lag;
    private readonly BackfillQueue _backfills;
    private readonly BackfillScanner _scanner;
    private readonly long _clockTolerance;
    private bool _hasStarted;
    private bool _isDisposed;

    // Used by the receiving thread only.
    private readonly List<BackplaneSubscription> _toWake = [];

    public StreamBuffer(DeliveryContext context, int streamIndex, DeliveryLimits limits)
    {
        _context = context;
        StreamIndex = streamIndex;
        _frames = new FrameStore(limits, context.Counters);
        _index = new KeyIndex(context, limits, _frames);
        _matcher = new KeyMatcher(_index);
        _factory = new MessageFactory(streamIndex);
        _merge = new KeyMerge(_frames, _factory, limits.MaxPinnedBytes);
        _backfills = new BackfillQueue(_frames);
        _lag = new SubscriptionLag(limits, _frames, context.Time);
        _scanner = new BackfillScanner(context, this);
        _clockTolerance = limits.ClockTolerance.Ticks / (TimeSpan.TicksPerMillisecond / 1000);
    }

    public int StreamIndex { get; }

    /// <summary>The highest id that was received. Needs no lock.</summary>
    public ulong Watermark => _frames.Watermark;

    /// <inheritdoc/>
    public bool IsCrowded
    {
        get
        {
            if (!_lag.IsCrowded)
            {
                return false;
            }

            lock (_lock)
            {
                return _lag.Look();
            }
        }
    }

    /// <summary>
    /// Starts to serve subscriptions, and raises the watermark to <paramref name="lastId"/>. Frames that were appended
    /// before are kept for clients with a cursor. A subscription without a cursor begins with the messages that are
    /// sent after its creation, also if it was created before this call. A second call does nothing.
    /// </summary>
    public void Start(ulong lastId)
    {
        var toWake = new List<BackplaneSubscription>();
        bool mustScan;
        lock (_keysLock)
        lock (_lock)
        {
            if (_hasStarted || _isDisposed)
            {
                return;
            }

            if (_frames.IsEmpty)
            {
                _index.Begin(lastId);
            }

            _frames.Raise(lastId);
            _hasStarted = true;
            foreach (var position in _lag.Positions)
            {
                _backfills.Start(position);
                toWake.Add(position.Subscription);
            }

            mustScan = _backfills.TryStart();
        }

        DeliveryLog.LogStarted(_context.Logger, _context.AppName, StreamIndex, lastId);
        RunScanner(mustScan);
        _context.Scheduler.Wake(toWake);
    }

    /// <summary>
    /// Stores a frame and wakes the subscriptions that follow its keys. Called by one thread at a time, in the order of
    /// the ids.
    /// </summary>
    /// <param name="frame">The frame. The buffer keeps it; its bytes must not change afterwards.</param>
    public void Append(in Frame frame)
    {
        _context.Trace.Received(StreamIndex, frame);
        ulong previousWatermark;
        lock (_keysLock)
        {
            try
            {
                _matcher.Match(frame);
                lock (_lock)
                {
                    previousWatermark = Store(frame);
                }
            }
            finally
            {
                _matcher.Clear();
            }
        }

        if (frame.Header.FirstId <= previousWatermark)
        {
            DeliveryLog.FrameOutOfOrder(
                _context.Logger, _context.AppName, StreamIndex, frame.Header.FirstId, frame.Header.LastId, previousWatermark);
            return;
        }

        _context.Scheduler.Wake(_toWake);
        _toWake.Clear();
    }

    /// <summary>
    /// Registers a new position for its keys, all from the place that <see cref="SubscriptionPosition.Attach"/> sets.
    /// Adds a link of the position and each key to <paramref name="links"/>, in the order of the keys.
    /// </summary>
    public void Attach(SubscriptionPosition position, ulong cursor, long since, IReadOnlyCollection<string> keys, List<KeyLink> links)
    {
        bool mustScan;
        IndexTimes(since);
        lock (_keysLock)
        lock (_lock)
        {
            // A client that waits for the start gets the messages that are sent from now on, by clocks that differ.
            var now = _context.NowMicroseconds();
            position.Attach(cursor, since == SubscriptionPosition.FromNow && !_hasStarted ? now - StartTolerance : since, now);
            _lag.Add(position);
            if (_hasStarted)
            {
                _backfills.Start(position);
            }

            foreach (var key in keys)
            {
                links.Add(_backfills.Seek(_index.Follow(position, key)));
            }

            mustScan = _backfills.TryStart();
        }

        RunScanner(mustScan);
    }

    /// <summary>Ends a position: it keeps its place, and follows no key.</summary>
    public void Detach(SubscriptionPosition position, IEnumerable<KeyLink> links)
    {
        // Without _keysLock: the keys stay in the index until Sweep.
        lock (_lock)
        {
            position.Freeze();
            foreach (var link in links)
            {
                _index.Unfollow(link);
            }

            _lag.Remove(position);
        }
    }

    /// <summary>Makes a position follow one more key, from its current place.</summary>
    public KeyLink Follow(SubscriptionPosition position, string key)
    {
        KeyLink link;
        bool mustScan;
        lock (_keysLock)
        lock (_lock)
        {
            link = _backfills.Seek(_index.Follow(position, key));
            mustScan = _backfills.TryStart();
        }

        RunScanner(mustScan);
        return link;
    }

    /// <summary>Ends a link. Needs no <c>_keysLock</c>: the key stays in the index until <see cref="Sweep"/>.</summary>
    public void Unfollow(KeyLink link)
    {
        lock (_lock)
        {
            _index.Unfollow(link);
        }
    }

    public List<BackplaneSubscription> FollowersOf(string key)
    {
        lock (_keysLock)
        lock (_lock)
        {
            return _index.FollowersOf(key);
        }
    }

    /// <summary>Takes the next messages in id order, up to and including a command (a change of groups).</summary>
    /// <param name="max">The most messages to take. More if messages share an id, as in legacy frames.</param>
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
            if (_isDisposed)
            {
                return default;
            }

            try
            {
                result = position.Take(max, _frames, _merge, batch, _clockTolerance);
            }
            finally
            {
                _merge.Clear();
            }
        }

        return result with { Messages = batch.Make(_factory) };
    }

    /// <summary>Removes keys without a subscriber for longer than <see cref="DeliveryLimits.KeyLinger"/>.</summary>
    public void Sweep()
    {
        bool more;
        do
        {
            lock (_keysLock)
            lock (_lock)
            {
                more = _index.Sweep(Step);
            }
        }
        while (more);
    }

    /// <inheritdoc cref="FrameStore.HighestId"/>
    public void SetHighestId(Func<ulong> highestId)
    {
        lock (_lock)
        {
            _frames.HighestId = highestId;
        }
    }

    /// <summary>Changes its share of the limits, because the number of streams has changed.</summary>
    public void Limit(DeliveryLimits limits)
    {
        lock (_lock)
        {
            _frames.Limit(limits);
        }
    }

    /// <summary>Releases all data. Later frames are dropped, and positions keep their places.</summary>
    public void Dispose()
    {
        lock (_keysLock)
        lock (_lock)
        {
            _isDisposed = true;
            _frames.Clear();
            _index.Clear();
        }
    }

    /// <returns>The watermark before the frame; it is stored only if its first id is higher.</returns>
    private ulong Store(in Frame frame)
    {
        var header = frame.Header;
        if (_isDisposed)
        {
            return 0;
        }

        if (_frames.IsEmpty && !_hasStarted)
        {
            _index.Begin(header.PreviousId);
        }

        var watermark = _frames.Watermark;
        if (header.FirstId <= watermark)
        {
            return watermark;
        }

        _frames.Append(frame, _matcher);
        _context.Counters.Received(header.Count, header.Count - _matcher.Heard.Length);
        _matcher.Notify(header, watermark, _toWake);

        // After Notify, because an idle position is at the watermark. The positions that the frame affects are no
        // longer idle by now.
        _frames.Raise(header.LastId);
        _frames.Trim();
        _lag.Appended();
        return watermark;
    }
}
