using RedisBackplane.Streams;
using RedisBackplane.Timing;
using RedisBackplane.Wire;

namespace RedisBackplane.Receiving;

/// <summary>
/// Listens to the channel of one stream and sees that nothing is missing: subscribes, reads the history up to the
/// present, then stays live; again after every reconnect and every gap. Thread-safe.
/// </summary>
/// <param name="sink">Takes the frames, in their order.</param>
internal sealed class StreamReceiver(
    StreamContext context, IStreamSource source, IFrameSink sink, ReceiveCounters counters) : IDisposable
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromMilliseconds(500);

    // While it waits for room, the subscriptions have most of a log to work on.
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(5);

    private const int AttemptsBeforeTold = 4;

    private readonly object _gate = new();
    private readonly StreamContext _context = context;
    private readonly IStreamSource _source = source;
    private readonly FrameIntake _intake = new(
        context, context.Meter is { } meter ? new ObservedSink(sink, meter, context.Time) : sink, counters);
    private readonly ReceiveCounters _counters = counters;
    private readonly FrameDecoder _decoder = new(context, counters);
    private readonly CancellationTokenSource _stopping = new();
    private bool _isSettling;
    private bool _settleAgain;
    private bool _isUnsettled;
    private bool _isAfterSilence;
    private bool _isNudged;
    private CancellationTokenSource? _rest;
    private int _usualLength;

    /// <summary>Why the last attempt to subscribe or to read the history failed; null once one has worked.</summary>
    public Exception? LastError { get; private set; }

    /// <inheritdoc cref="FrameIntake.Lost"/>
    public event Action<ulong, ulong>? Lost
    {
        add => _intake.Lost += value;
        remove => _intake.Lost -= value;
    }

    /// <inheritdoc cref="FrameIntake.Jumped"/>
    public event Action? Jumped
    {
        add => _intake.Jumped += value;
        remove => _intake.Jumped -= value;
    }

    /// <summary>
    /// After <see cref="Unsettled"/>, the channel is subscribed again and nothing that the history has is missing.
    /// Raised under the lock that orders it with <see cref="Unsettled"/>.
    /// </summary>
    public event Action? Settled;

    /// <summary>A connection was made, lost or restored; what was true of the channel may no longer be.</summary>
    public event Action? Unsettled;

    /// <inheritdoc cref="FrameIntake.LastId"/>
    public ulong LastId => _intake.LastId;

    /// <inheritdoc cref="FrameIntake.AccountedUpTo"/>
    public ulong AccountedUpTo => _intake.AccountedUpTo;

    /// <summary>Counts up with everything that the channel brings.</summary>
    public long PayloadsHeard => _counters.Payloads;

    /// <summary>The length of a payload of the channel, as they come lately.</summary>
    public int UsualLength => Volatile.Read(ref _usualLength);

    /// <summary>Nothing is being subscribed or caught up at the moment.</summary>
    public bool IsSettled
    {
        get
        {
            lock (_gate)
            {
                return !_isSettling && !_isUnsettled;
            }
        }
    }

    /// <summary>
    /// To be called whenever a connection was made, lost or restored: subscribes and catches up, in the background,
    /// until that has worked.
    /// </summary>
    public void OnConnectionChanged()
    {
        lock (_gate)
        {
            _isUnsettled = true;
            Unsettled?.Invoke();
            Settle();
            _isNudged = true;
            _rest?.Cancel();
        }
    }

    public void Dispose() => _stopping.Cancel();

    /// <summary>Subscribes if need be, and reads the history up to the present, in the background.</summary>
    /// <param name="afterSilence">Whether the channel has brought nothing for a while.</param>
    public void Settle(bool afterSilence = false)
    {
        lock (_gate)
        {
            _isAfterSilence = afterSilence;
            if (_isSettling)
            {
                // What runs may have begun before the event that asks for this.
                _settleAgain = true;
                return;
            }

            _isSettling = true;
        }

        _context.Time.Run(SettleUntilDone);
    }

    private async Task SettleUntilDone()
    {
        var backoff = new Backoff(FirstRetry, LongestRetry, _context.Jitter);
        var attempts = 0;
        var began = _context.Time.GetTimestamp();
        while (!_stopping.IsCancellationRequested)
        {
            lock (_gate)
            {
                _isNudged = false;
            }

            try
            {
                await _source.SubscribeAsync(Listen, _stopping.Token).ConfigureAwait(false);
                await CatchUp().ConfigureAwait(false);
                LastError = null;
                if (TryEndSettling())
                {
                    _context.Meter?.CaughtUp(_context.Time.GetElapsedTime(began));
                    return;
                }
            }
            catch (Exception exception)
            {
                if (_stopping.IsCancellationRequested)
                {
                    return;
                }

                LastError = exception;

                // The first attempts usually fail, while the client library subscribes again.
                var delay = backoff.Next();
                if (++attempts == AttemptsBeforeTold)
                {
                    ReceivingLog.SettleFailed(_context.Logger, exception, _context.Name, delay);
                }

                if (!await RestAsync(delay).ConfigureAwait(false))
                {
                    attempts--;
                }

                // How long Redis was away is no part of the time that it took to catch up.
                began = _context.Time.GetTimestamp();
            }
        }
    }

    // Until the next attempt. A connection that has changed since the last one began is a reason to try at once, and no
    // reason to complain.
    private async Task<bool> RestAsync(TimeSpan delay)
    {
        using var rest = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        lock (_gate)
        {
            if (_isNudged)
            {
                return false;
            }

            _rest = rest;
        }

        await _context.Time.Wait(delay, rest.Token).ConfigureAwait(false);
        lock (_gate)
        {
            _rest = null;
            return !_isNudged;
        }
    }

    private async Task CatchUp()
    {
        var from = _intake.Position;
        _intake.BeginCatchUp();
        while (true)
        {
            await WaitForRoom().ConfigureAwait(false);
            var page = await _source.ReadAsync(_intake.BeginRead(), from, _stopping.Token).ConfigureAwait(false);
            from = page.Next;
            if (page.Frames is { Length: > 0 })
            {
                var frames = Decode(page.Frames);
                var taken = 0;
                while ((taken = _intake.TakeHistory(frames, taken)) < frames.Count)
                {
                    await WaitForRoom().ConfigureAwait(false);
                }

                if (_intake.TryJoin())
                {
                    return;
                }
            }
            else if (_intake.TryGoLive(page.Counter, _source.HasHistory, IsAfterSilence()))
            {
                return;
            }
        }
    }

    private async Task WaitForRoom()
    {
        while (_intake.IsCrowded)
        {
            await _context.Time.Wait(BetweenLooks, _stopping.Token).ConfigureAwait(false);
            _stopping.Token.ThrowIfCancellationRequested();
        }
    }

    private bool IsAfterSilence()
    {
        lock (_gate)
        {
            return _isAfterSilence;
        }
    }

    private bool TryEndSettling()
    {
        lock (_gate)
        {
            if (_settleAgain)
            {
                _settleAgain = false;
                return false;
            }

            _isSettling = false;
            if (_isUnsettled && !_stopping.IsCancellationRequested)
            {
                _isUnsettled = false;
                Settled?.Invoke();
            }

            return true;
        }
    }

    private Action<byte[]> Listen()
    {
        var assembly = _source.CreateAssembly();
        return payload => OnPayload(assembly, payload);
    }

    private void OnPayload(FrameAssembly assembly, byte[] payload)
    {
        _counters.Payload();

        // Two subscriptions may both hand over for a moment; an average that misses one of their payloads is as good.
        Volatile.Write(ref _usualLength, _usualLength + ((payload.Length - _usualLength) / 8));
        if (!_decoder.TryDecode(assembly, payload, out var frame))
        {
            return;
        }

        if (!_decoder.IsAuthentic(frame, out var reason))
        {
            // Its ids are believed no more than the rest of it. If Redis gave them, the next frame shows a gap, and the
            // history shows why.
            _decoder.ReportUnauthenticated(frame, reason);
        }
        else if (_intake.TakeLive(frame))
        {
            Settle();
        }
    }

    private List<Frame> Decode(byte[][] payloads)
    {
        var assembly = _source.CreateAssembly();
        var frames = new List<Frame>(payloads.Length);
        foreach (var payload in payloads)
        {
            if (!_decoder.TryDecode(assembly, payload, out var frame))
            {
                continue;
            }

            if (_decoder.IsAuthentic(frame, out var reason))
            {
                frames.Add(frame);
            }
            else if (_intake.Refuse(frame.Header))
            {
                _decoder.ReportUnauthenticated(frame, reason);
            }
        }

        return frames;
    }
}
