namespace RedisBackplane.Redis.Connection;

/// <summary>
/// Measures what a link to Redis has carried lately, and so how long the calls in flight may take. On a slow link, or
/// while Redis waits for a replica, a missing answer does not mean a dead connection. Thread-safe.
/// </summary>
/// <param name="mostPage">The most bytes of a page.</param>
internal sealed class LinkPace(TimeProvider time, int mostPage)
{
    // With fewer bytes, the time is that of the round trip and not that of the link.
    private const long LeastMeasured = 16 * 1024;

    // In bytes per second, before anything was measured.
    private const double FirstRate = 128 * 1024;
    private const double LeastRate = 16 * 1024;

    // The same for bytes that a device on the way has accepted, and Redis not yet.
    private const double FirstForwardingRate = 8 * 1024 * 1024;

    // A link does not become slower at once: during one sample, Redis may have had other work.
    private const double Weight = 0.25;

    // The factor by which a call may exceed its expected time.
    private const double Slack = 2;

    private const int LeastPage = 16 * 1024;
    private static readonly TimeSpan PageTime = TimeSpan.FromMilliseconds(300);

    private readonly object _gate = new();
    private double _rate = FirstRate;
    private double _forwardingRate = FirstForwardingRate;
    private long _underWay;
    private long _uploads;
    private int _calls;
    private int _pages;
    private int _waits;
    private TimeSpan _wait;
    private long _since;
    private long _carried;
    private long _answers;

    /// <summary>Increases with every answer.</summary>
    public long Answers => Volatile.Read(ref _answers);

    /// <summary>The number of bytes that calls in flight send.</summary>
    public long Uploads
    {
        get
        {
            lock (_gate)
            {
                return _uploads;
            }
        }
    }

    /// <summary>
    /// How many bytes to read at once: as many as the link carries in a moment, divided among all readers.
    /// </summary>
    public int PageBytes
    {
        get
        {
            lock (_gate)
            {
                var bytes = _rate * PageTime.TotalSeconds / (_pages + 1);
                return (int)Math.Min(mostPage, Math.Max(LeastPage, bytes));
            }
        }
    }

    /// <summary>How long the calls in flight may take, in addition to the time of a small one.</summary>
    /// <param name="isTraced">
    /// Whether the system reports the bytes that leave and arrive. While they do, the connection is alive, so only the
    /// time of bytes that are neither here nor at Redis must be estimated.
    /// </param>
    public TimeSpan Expected(bool isTraced)
    {
        lock (_gate)
        {
            var carrying = isTraced ? _uploads / _forwardingRate : _underWay / _rate;
            return TimeSpan.FromSeconds(carrying * Slack) + (_waits > 0 ? _wait : TimeSpan.Zero);
        }
    }

    /// <summary>A call begins.</summary>
    /// <param name="bytes">The number of bytes of the call or of its answer.</param>
    /// <param name="isPage">Whether it reads a page.</param>
    public void Begin(long bytes, bool isPage = false)
    {
        lock (_gate)
        {
            if (_calls++ == 0)
            {
                (_since, _carried) = (time.GetTimestamp(), 0);
            }

            Count(bytes, isPage, 1);
        }
    }

    /// <summary>A call ended.</summary>
    /// <param name="bytes">The same number as at its beginning.</param>
    /// <param name="carried">The number of bytes that were carried; null if the call had no answer.</param>
    /// <param name="isPage">The same value as at its beginning.</param>
    public void End(long bytes, long? carried, bool isPage = false)
    {
        lock (_gate)
        {
            _calls--;
            Count(bytes, isPage, -1);
            if (carried is null)
            {
                return;
            }

            _carried += carried.Value;
            if (_carried >= LeastMeasured)
            {
                Measure();
            }
        }
    }

    /// <summary>A call begins that Redis answers within a given time.</summary>
    public void BeginWait(TimeSpan atMost)
    {
        lock (_gate)
        {
            _waits++;
            _wait = atMost > _wait ? atMost : _wait;
        }
    }

    /// <summary>Such a call ended.</summary>
    public void EndWait()
    {
        lock (_gate)
        {
            _waits--;
        }
    }

    /// <summary>Redis has answered a call.</summary>
    public void NoteAnswer() => Interlocked.Increment(ref _answers);

    /// <summary>
    /// The connection was considered dead. If that was wrong, the link is slower than assumed for what is in flight.
    /// </summary>
    public void Doubt()
    {
        lock (_gate)
        {
            if (_underWay > 0)
            {
                _rate = Math.Max(LeastRate, _rate / 8);
            }

            if (_uploads > 0)
            {
                // Less than above: if what was sent is really lost, each replacement waits for this time.
                _forwardingRate = Math.Max(LeastRate, _forwardingRate / 4);
            }
        }
    }

    private void Count(long bytes, bool isPage, int times)
    {
        _underWay += times * bytes;
        if (isPage)
        {
            _pages += times;
        }
        else
        {
            _uploads += times * bytes;
        }
    }

    private void Measure()
    {
        var now = time.GetTimestamp();
        var seconds = time.GetElapsedTime(_since, now).TotalSeconds;
        if (seconds <= 0)
        {
            return;
        }

        var sample = _carried / seconds;
        _rate = Math.Max(LeastRate, sample > _rate ? sample : _rate + (Weight * (sample - _rate)));
        _forwardingRate = Math.Max(_forwardingRate, sample);
        (_since, _carried) = (now, 0);
    }
}
