using Microsoft.Extensions.Logging;
using RedisBackplane.Diagnostics;
using RedisBackplane.Receiving;
using RedisBackplane.Wire;

namespace RedisBackplane.Delivery;

/// <summary>
/// One stream on this server: the log of its frames, the index of the keys somebody here listens to, and who is to be woken. Thread-safe.
/// </summary>
/// <remarks>
/// <para>Two locks, always taken in this order and after a subscription's own. <see cref="KeysGate"/> says which keys are in the index:
/// whoever adds or removes one holds it, and the receiving thread for a whole frame, so that no message slips between being looked up and
/// being stored. <see cref="Gate"/> guards all else and is held by the receiving thread only while it stores what was heard: subscriptions
/// take their messages while it reads the many that nobody hears. No callback runs under either, and the receiving thread takes no other
/// lock.</para>
/// <para>A frame is stored under one hold of <see cref="Gate"/>: a subscription sees all of it or nothing.</para>
/// </remarks>
internal sealed class StreamLog : IFrameSink
{
    private const int SweepChunk = 1000;

    private readonly string _appName;
    private readonly ILogger _logger;
    private readonly DeliveryTrace _trace;
    private readonly DeliveryCounters _counters;
    private readonly TimeProvider _time;
    private readonly WakeQueue _wakes;
    private readonly FrameLookup _lookup;
    private readonly LogScanner _scanner;
    private readonly KeyIndex _index;
    private readonly Followers _followers;
    private readonly Backlog _backlog;
    private readonly List<LogSubscription> _toWake = [];
    private bool _isDisposed;

    public StreamLog(
        string appName,
        int streamIndex,
        DeliveryLimits limits,
        SipHash hash,
        WakeQueue wakes,
        DeliveryCounters counters,
        DeliveryTrace trace,
        ILogger logger,
        TimeProvider time)
    {
        _appName = appName;
        StreamIndex = streamIndex;
        _trace = trace;
        _wakes = wakes;
        _counters = counters;
        _logger = logger;
        _time = time;
        ClockToleranceMicroseconds = limits.ClockTolerance.Ticks / (TimeSpan.TicksPerMillisecond / 1000);
        Frames = new FrameLog(limits, counters);
        _index = new KeyIndex(hash, limits, time, Frames);
        _lookup = new FrameLookup(_index);
        _scanner = new LogScanner(appName, this, wakes, counters, logger);
        _followers = new Followers(_index, _scanner, counters);
        _backlog = new Backlog(limits, Frames, time);
        Merge = new PositionMerge(Frames, new MessageBuilder(streamIndex), limits.MaxPinnedBytes);
    }

    public int StreamIndex { get; }

    /// <summary>Guards which keys the index has.</summary>
    public object KeysGate { get; } = new();

    /// <summary>Guards the frames, what the index says of each key, and the readers.</summary>
    public object Gate { get; } = new();

    /// <summary>Guarded by <see cref="Gate"/>.</summary>
    public FrameLog Frames { get; }

    /// <summary>Guarded by <see cref="Gate"/>.</summary>
    public PositionMerge Merge { get; }

    /// <summary>Subscriptions are served. Guarded by <see cref="Gate"/>.</summary>
    public bool HasStarted { get; private set; }

    public long ClockToleranceMicroseconds { get; }

    /// <inheritdoc/>
    public bool IsCrowded
    {
        get
        {
            if (!_backlog.IsCrowded)
            {
                return false;
            }

            lock (Gate)
            {
                _backlog.Look();
                return _backlog.IsCrowded;
            }
        }
    }

    public long NowMicroseconds() => UnixTime.Microseconds(_time.GetUtcNow());

    /// <summary>
    /// Begins to serve subscriptions. What was appended before is the past, kept for clients that come with a cursor; a subscription
    /// without one begins after <paramref name="lastId"/>, or, where it waited for this, with what was sent since it came. A second call
    /// does nothing.
    /// </summary>
    public void Start(ulong lastId)
    {
        List<LogSubscription> waiting;
        lock (KeysGate)
        {
            lock (Gate)
            {
                if (HasStarted || _isDisposed)
                {
                    return;
                }

                if (Frames.IsEmpty)
                {
                    Begin(lastId);
                }

                Frames.Raise(lastId);
                HasStarted = true;
                waiting = _followers.Start();
            }
        }

        Log.LogStarted(_logger, _appName, StreamIndex, lastId);
        _scanner.RunIfNeeded();
        _wakes.Wake(waiting);
    }

    /// <summary>
    /// Stores a frame and wakes who hears of it. Called by one thread at a time, in the order of the ids; they may jump. It keeps the
    /// frame's bytes, which nobody may change afterwards.
    /// </summary>
    public void Append(in Frame frame)
    {
        _trace.Received(StreamIndex, frame);
        var header = frame.Header;
        ulong watermark;
        bool isInOrder;
        lock (KeysGate)
        {
            _lookup.Read(frame);
            lock (Gate)
            {
                if (_isDisposed)
                {
                    _lookup.Clear();
                    return;
                }

                if (Frames.IsEmpty && !HasStarted)
                {
                    Begin(header.PreviousId);
                }

                watermark = Frames.Watermark;
                isInOrder = header.FirstId > watermark;
                if (isInOrder)
                {
                    Store(frame);
                }
            }

            _lookup.Clear();
        }

        if (!isInOrder)
        {
            Log.FrameOutOfOrder(_logger, _appName, StreamIndex, header.FirstId, header.LastId, watermark);
            return;
        }

        _wakes.Wake(_toWake);
        _toWake.Clear();
    }

    /// <summary>Lets a reader follow keys from a cursor on, all from the same place.</summary>
    /// <param name="reader">The reader, which follows none yet.</param>
    /// <param name="cursor">The id the client came with, or <see cref="DeliveryCursor.Present"/>.</param>
    /// <param name="since">Without an id: see <see cref="LogReader.Attach"/>.</param>
    /// <param name="keys">The keys.</param>
    /// <param name="links">Receives the links, in the order of the keys.</param>
    public void Attach(LogReader reader, ulong cursor, long? since, IReadOnlyCollection<string> keys, List<KeyLink> links)
    {
        lock (KeysGate)
        {
            lock (Gate)
            {
                _followers.Add(reader, cursor, since);
                _backlog.Add(reader);
                foreach (var key in keys)
                {
                    links.Add(_followers.AddKey(reader, key));
                }
            }
        }

        _scanner.RunIfNeeded();
    }

    /// <summary>Lets a reader follow one more key, from the place where it stands.</summary>
    public KeyLink AddKey(LogReader reader, string key)
    {
        KeyLink link;
        lock (KeysGate)
        {
            lock (Gate)
            {
                _ = reader.GetPlace();
                link = _followers.AddKey(reader, key);
            }
        }

        _scanner.RunIfNeeded();
        return link;
    }

    public void RemoveKey(KeyLink link)
    {
        lock (Gate)
        {
            _followers.RemoveKey(link);
        }
    }

    /// <summary>Ends a reader: its place moves on as far as it may, then no more, and it follows no key.</summary>
    public void Detach(LogReader reader, IEnumerable<KeyLink> links)
    {
        lock (Gate)
        {
            _ = reader.GetPlace();
            reader.Freeze();
            foreach (var link in links)
            {
                _followers.RemoveKey(link);
            }

            _followers.Remove(reader);
            _backlog.Remove(reader);
        }
    }

    /// <summary>Removes the keys that have lingered long enough after their last subscriber.</summary>
    public void Sweep()
    {
        bool more;
        do
        {
            lock (KeysGate)
            {
                lock (Gate)
                {
                    var before = _index.Count;
                    more = _index.Sweep(SweepChunk);
                    _counters.IndexedKeysChanged(_index.Count - before);
                }
            }
        }
        while (more);
    }

    /// <summary>Another share in what all streams may hold: their number has changed.</summary>
    public void Limit(DeliveryLimits limits)
    {
        lock (KeysGate)
        {
            lock (Gate)
            {
                Frames.Limits = limits;
                Frames.Trim();
            }
        }
    }

    /// <summary>Lets go of everything. What comes afterwards is passed over.</summary>
    public void Dispose()
    {
        lock (KeysGate)
        {
            lock (Gate)
            {
                _isDisposed = true;
                _counters.IndexedKeysChanged(-_index.Count);
                Frames.Clear();
                _index.Clear();
                _followers.Clear();
            }
        }
    }

    /// <summary>The log holds what comes after an id. What keys that somebody waits for had before is not known.</summary>
    private void Begin(ulong lastId)
    {
        Frames.Begin(lastId);
        foreach (var entry in _index.ToList())
        {
            entry.IndexedAfter = lastId;
        }
    }

    private void Store(in Frame frame)
    {
        Frames.Append(frame, _lookup.Hashes, _lookup.Heard, _lookup.IsSparse);
        _counters.Received(frame.Header.Count, frame.Header.Count - _lookup.Heard.Length);
        foreach (var heard in _lookup.Heard)
        {
            var entry = heard.Entry!;
            if (entry.LastFrame != frame.Header.FirstId)
            {
                entry.LastFrame = frame.Header.FirstId;
                entry.MarkDirty(_toWake);
            }
        }

        Frames.Trim();
        _backlog.Appended();
    }
}
