using RedisBackplane.Streams;
using RedisBackplane.Timing;
using RedisBackplane.Wire;

namespace RedisBackplane.Receiving;

/// <summary>
/// Receives the frames of one stream without gaps: subscribes to the channel, reads the history up to the present, then
/// passes on live frames. It does the same after every reconnect and every gap. Thread-safe.
/// </summary>
/// <remarks>To settle is to subscribe and to catch up.</remarks>
internal sealed class StreamReceiver(
    StreamContext context, IStreamSource source, IFrameSink sink, ReceiveCounters counters) : IDisposable
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromMilliseconds(500);

    // While intake pauses, the slowest subscription has at least half of the buffer left to deliver. It does not run
    // dry between two looks.
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(5);

    private const int AttemptsBeforeLogged = 4;

    private readonly object _gate = new();
    private readonly FrameIntake _intake = new(
        context, context.Meter is { } meter ? new ObservedSink(sink, meter, context.Time) : sink, counters);
    private readonly FrameDecoder _decoder = new(context, counters);
    private readonly CancellationTokenSource _stopping = new();

    // SettleUntilDone is running.
    private bool _isSettling;

    // It must make one more attempt, because something happened since this one began.
    private bool _settleAgain;

    // Unsettled was raised, and Settled has not been raised since.
    private bool _isUnsettled;

    // The last call of Settle came after a silence of the channel.
    private volatile bool _isAfterSilence;

    // The connection has changed since the current attempt began: if it fails, the next one begins without a delay.
    private bool _isNudged;

    // Cancels the delay before the next attempt; null if there is none.
    private CancellationTokenSource? _rest;

    private int _averageLength;

    /// <summary>
    /// Why the last attempt to subscribe or to read the history failed; null after one has succeeded.
    /// </summary>
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
    /// Raised after <see cref="Unsettled"/>, when the channel is subscribed again and everything in the history has
    /// been read. Both events are raised under one lock, so handlers see them in order.
    /// </summary>
    public event Action? Settled;

    /// <summary>
    /// Raised when a connection was made, lost or restored, so the subscription to the channel is uncertain.
    /// </summary>
    public event Action? Unsettled;

    /// <inheritdoc cref="FrameIntake.LastId"/>
    public ulong LastId => _intake.LastId;

    /// <inheritdoc cref="FrameIntake.AccountedUpTo"/>
    public ulong AccountedUpTo => _intake.AccountedUpTo;

    /// <summary>Increases with every payload of the channel.</summary>
    public long PayloadsHeard => counters.Payloads.Value;

    /// <summary>A moving average of the lengths of the channel's payloads, in bytes.</summary>
    public int AverageLength => Volatile.Read(ref _averageLength);

    /// <summary>Whether neither subscribing nor catching up is in progress.</summary>
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
    /// Subscribes and catches up in the background, until that has succeeded. Call it whenever a connection was made,
    /// lost or restored.
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

    /// <summary>Subscribes if necessary, and reads the history up to the present, in the background.</summary>
    /// <param name="afterSilence">Whether the channel was silent for a while.</param>
    public void Settle(bool afterSilence = false)
    {
        lock (_gate)
        {
            _isAfterSilence = afterSilence;
            if (_isSettling)
            {
                // The attempt in progress may have started before the event that this call reports.
                _settleAgain = true;
                return;
            }

            _isSettling = true;
        }

        context.Time.Run(SettleUntilDone);
    }

    private async Task SettleUntilDone()
    {
        var backoff = new Backoff(FirstRetry, LongestRetry, context.Jitter);
        var attempts = 0;
        var isLogged = false;
        var began = context.Time.GetTimestamp();
        while (!_stopping.IsCancellationRequested)
        {
            lock (_gate)
            {
                _isNudged = false;
            }

            try
            {
                await source.SubscribeAsync(Listen).ConfigureAwait(false);
                await CatchUp().ConfigureAwait(false);
                LastError = null;
                if (TryEndSettling())
                {
                    context.Meter?.CaughtUp(context.Time.GetElapsedTime(began));
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
                if (++attempts >= AttemptsBeforeLogged && !isLogged)
                {
                    isLogged = true;
                    ReceivingLog.SettleFailed(context.Logger, exception, context.Name, delay);
                }

                if (!await RestAsync(delay).ConfigureAwait(false))
                {
                    attempts--;
                }

                // The time to catch up does not include the outage of Redis.
                began = context.Time.GetTimestamp();
            }
        }
    }

    // Waits before the next attempt. Returns false if the connection has changed since the last attempt began: the next
    // one starts at once, and the failure does not count towards logging.
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

        await context.Time.Wait(delay, rest.Token).ConfigureAwait(false);
        lock (_gate)
        {
            _rest = null;
            return !_isNudged;
        }
    }

    private async Task CatchUp()
    {
        // `from` is a byte position, and only a hint: the reader checks that it follows the last id, and ids decide
        // which frames are new.
        var from = _intake.HistoryPosition;
        _intake.BeginCatchUp();
        while (true)
        {
            // Under load there is always another page, and a connection of the application stays open.
            _stopping.Token.ThrowIfCancellationRequested();
            await WaitForRoom().ConfigureAwait(false);
            var page = await source.ReadAsync(_intake.BeginRead(), from).ConfigureAwait(false);
            from = page.Next;
            if (page.Frames is { Length: > 0 })
            {
                var frames = Decode(page.Frames);
                var taken = 0;
                _intake.BeginPage(frames, page.PartedAt);
                while ((taken = _intake.TakeHistory(frames, taken, page.EpochAfter)) < frames.Count)
                {
                    await WaitForRoom().ConfigureAwait(false);
                }

                if (_intake.TryJoin())
                {
                    return;
                }
            }
            else if (_intake.TryGoLive(page.Counter, source.HasHistory, _isAfterSilence))
            {
                // The page was empty: this was the end of the history.
                return;
            }
        }
    }

    private async Task WaitForRoom()
    {
        // Without a history, what waited in the meantime could be lost.
        while (source.HasHistory && _intake.IsCrowded)
        {
            await context.Time.Wait(BetweenLooks, _stopping.Token).ConfigureAwait(false);
            _stopping.Token.ThrowIfCancellationRequested();
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
        var assembly = source.CreateAssembly();
        return payload => OnPayload(assembly, payload);
    }

    private void OnPayload(FrameAssembly assembly, byte[] payload)
    {
        counters.Payloads.Add();

        // During a change, the old and the new subscription of the channel may call this at the same time. The average
        // may then miss a payload, which is harmless.
        Volatile.Write(ref _averageLength, _averageLength + ((payload.Length - _averageLength) / 8));
        if (!_decoder.TryDecode(assembly, payload, out var frame))
        {
            return;
        }

        if (!_decoder.IsAuthentic(frame, out var reason))
        {
            // The ids of an unauthenticated frame are not trusted. If publish.lua stored the frame, the next one shows
            // a gap, and catch-up finds it in the history (see Refuse).
            _decoder.ReportUnauthenticated(frame, reason);
        }
        else if (_intake.TakeLive(frame))
        {
            Settle();
        }
    }

    private List<Frame> Decode(byte[][] payloads)
    {
        var assembly = source.CreateAssembly();
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
