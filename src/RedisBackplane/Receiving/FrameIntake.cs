using RedisBackplane.Streams;
using RedisBackplane.Wire;

namespace RedisBackplane.Receiving;

/// <summary>
/// Merges the frames of one stream from the channel and from the history into one <see cref="FrameSequence"/>. The
/// stream is either live or catching up. While it catches up, live frames are held until they follow what the history
/// brought. Knows no Redis. Thread-safe.
/// </summary>
/// <param name="context">The stream. If it has an authenticator, frames were verified before they arrive here. An
/// attacker cannot forge a frame, but can publish a recorded one again under the next ids.</param>
internal sealed class FrameIntake(StreamContext context, IFrameSink sink, ReceiveCounters counters)
{
    private readonly object _gate = new();
    private readonly FrameSequence _sequence = new(context, sink, counters);
    private readonly HeldFrames _held = new(BacklogWatch.MaxBytes, BacklogWatch.MaxBytesWithoutHistory);
    private readonly CatchUpReport _report = new(context, counters);
    private readonly ForeignFrames _foreign = new(context, counters);
    private bool _isLive;
    private long _reads;
    private long _readsBefore;
    private ulong? _doubtedFrom;

    /// <summary>
    /// Raised for ids, after the first and up to the second, that neither the channel nor the history delivered.
    /// </summary>
    public event Action<ulong, ulong>? Lost
    {
        add => _sequence.Lost += value;
        remove => _sequence.Lost -= value;
    }

    /// <summary>Raised when the counter in Redis restarted, so Redis may have lost more than the counter.</summary>
    public event Action? Jumped
    {
        add => _sequence.Jumped += value;
        remove => _sequence.Jumped -= value;
    }

    /// <inheritdoc cref="IFrameSink.IsCrowded"/>
    public bool IsCrowded => sink.IsCrowded;

    /// <summary>The last id that was taken. Read without a lock: code of the application may run under it.</summary>
    public ulong LastId => _sequence.LastId;

    /// <summary>The position in the history at which the last frame ends.</summary>
    public HistoryPosition HistoryPosition => Read(static sequence => sequence.HistoryPosition);

    /// <summary>Everything up to this id was received, or was reported as lost.</summary>
    public ulong AccountedUpTo => Read(static sequence => sequence.AccountedUpTo);

    /// <returns>Whether the history must be read before the stream can continue.</returns>
    public bool TakeLive(in Frame frame)
    {
        lock (_gate)
        {
            if (!_isLive)
            {
                counters.DroppedHeld.Add(_held.Add(frame, _reads));
                return false;
            }

            switch (_sequence.Judge(frame.Header))
            {
                case Verdict.Deliver when !_sequence.IsDoubtful(frame.Header):
                    _sequence.Accept(frame);
                    if (!_held.HasHistory || !sink.IsCrowded)
                    {
                        return false;
                    }

                    // New messages stay in the history until there is room for them.
                    _report.Paced();
                    _isLive = false;
                    return true;
                case Verdict.Duplicate:
                    // If the frame is unknown, it was stored while this server used another Redis. The history proves
                    // it.
                    return _sequence.NoteRepeat(frame.Header) | (_held.HasHistory && _sequence.IsUnknown(frame.Header));
                case Verdict.Deliver or Verdict.Jump:
                    // Anyone can write to a channel. So a jump, too, is accepted only after a look at the counter.
                    _doubtedFrom = frame.Header.FirstId;
                    goto default;
                default:
                    counters.DroppedHeld.Add(_held.Add(frame, _reads));
                    _isLive = false;
                    return true;
            }
        }
    }

    /// <summary>
    /// The channel is known to be subscribed. From now on the channel delivers every frame, so the history only has to
    /// be read up to the first of these frames.
    /// </summary>
    public void BeginCatchUp()
    {
        lock (_gate)
        {
            _readsBefore = _reads;
        }
    }

    /// <summary>The history is about to be read; live frames are held from now on.</summary>
    /// <returns>The id after which to read.</returns>
    public ulong BeginRead()
    {
        lock (_gate)
        {
            _isLive = false;
            _reads++;
            return _sequence.LastId;
        }
    }

    /// <summary>The history has a rejected frame. Call it before the page that contains the frame.</summary>
    /// <returns>Whether it was not known before.</returns>
    public bool Refuse(in FrameHeader header)
    {
        lock (_gate)
        {
            return _sequence.Refuse(header);
        }
    }

    /// <summary>A page of the history is about to be taken.</summary>
    /// <param name="partedAt"><see cref="HistoryPage.PartedAt"/>.</param>
    public void BeginPage(IReadOnlyList<Frame> frames, ulong? partedAt)
    {
        if (partedAt is { } id && frames.Count > 0)
        {
            lock (_gate)
            {
                _sequence.ReportPassed(id, frames[0].Header.PreviousId);
            }
        }
    }

    /// <summary>A page of the history, in the order of its ids.</summary>
    /// <param name="from">The index of the first frame to take.</param>
    /// <param name="epochAfter"><see cref="HistoryPage.EpochAfter"/>.</param>
    /// <returns>
    /// The index at which to continue when there is room again; the number of frames if all were taken.
    /// </returns>
    public int TakeHistory(IReadOnlyList<Frame> frames, int from = 0, ulong? epochAfter = null)
    {
        lock (_gate)
        {
            for (; from < frames.Count && !sink.IsCrowded; from++)
            {
                var frame = frames[from];
                var verdict = _sequence.Judge(frame.Header);
                if (verdict == Verdict.Duplicate)
                {
                    if (frame.Header.FirstId > epochAfter)
                    {
                        _sequence.ReportPassed(frame.Header);
                    }

                    continue;
                }

                if (verdict == Verdict.Gap)
                {
                    // The frames that the history lacks may be among the held ones.
                    TakeHeldUpTo(frame.Header.PreviousId, hasHistory: true);
                    _sequence.SkipTo(frame.Header.PreviousId, "the history holds only what came later");
                }

                // Frames after a doubtful one were not missed: the channel delivered them as well.
                if (_sequence.AcceptNext(frame) && !(frame.Header.FirstId >= _doubtedFrom))
                {
                    _report.Replayed(frame.Header.Count);
                }
            }

            _sequence.TellPassed();
            return from;
        }
    }

    /// <summary>
    /// A whole page of the history was taken. Continues with the held live frames if they follow it. Under load,
    /// waiting for the end of the history would take forever.
    /// </summary>
    /// <returns>Whether the stream is live now. Otherwise the history must be read further.</returns>
    public bool TryJoin()
    {
        lock (_gate)
        {
            var isJoined = false;
            while (_held.TryPeek(out var frame, out var read))
            {
                var verdict = _sequence.Judge(frame.Header);
                if (verdict != Verdict.Duplicate && (verdict != Verdict.Deliver || _sequence.IsDoubtful(frame.Header) || sink.IsCrowded))
                {
                    return false;
                }

                _held.Remove();
                Resolve(frame, verdict, null, hasHistory: true);
                isJoined |= read > _readsBefore;
            }

            if (isJoined)
            {
                _held.HasHistory = true;
                GoLive(_sequence.LastId, afterSilence: false);
            }

            return isJoined;
        }
    }

    /// <summary>The history has no more frames. Continues with the held live frames.</summary>
    /// <param name="counter">
    /// The last id that Redis has given, according to the last read; <see langword="null"/> if it has no counter.
    /// </param>
    /// <param name="afterSilence">
    /// Whether the channel has been silent for a while. A frame that was on its way would have arrived.
    /// </param>
    /// <returns>Whether the stream is live now. Otherwise the history must be read once more.</returns>
    public bool TryGoLive(ulong? counter, bool hasHistory, bool afterSilence = false)
    {
        lock (_gate)
        {
            _held.HasHistory = hasHistory;
            if (!_sequence.HasStarted)
            {
                TakeHeldUpTo(counter ?? 0, hasHistory);
                _sequence.Advance(counter ?? 0);
            }

            while (_held.TryPeek(out var frame, out var read))
            {
                if (hasHistory && sink.IsCrowded)
                {
                    return false;
                }

                var verdict = _sequence.Judge(frame.Header);
                var mustBeProven = verdict is Verdict.Gap or Verdict.Jump
                    || (verdict == Verdict.Deliver && _sequence.IsDoubtful(frame.Header));
                if (mustBeProven && read >= _reads)
                {
                    // It arrived during the last read, which therefore proves nothing about it.
                    return false;
                }

                _held.Remove();
                Resolve(frame, verdict, counter, hasHistory);
            }

            if (_held.Overflowed && hasHistory)
            {
                _held.Clear();
                return false;
            }

            GoLive(counter, afterSilence);
            return true;
        }
    }

    private T Read<T>(Func<FrameSequence, T> what)
    {
        lock (_gate)
        {
            return what(_sequence);
        }
    }

    private void GoLive(ulong? counter, bool afterSilence)
    {
        _held.Clear();
        _report.Tell(_sequence.LastId, _sequence.HasStarted);
        _doubtedFrom = null;
        _sequence.Suspect(counter, afterSilence);
        _isLive = true;
        if (!_sequence.HasStarted)
        {
            _sequence.Start();
        }
    }

    // Takes held frames whose ids are certain. The history does not have the ids that are missing before them.
    private void TakeHeldUpTo(ulong id, bool hasHistory)
    {
        while (_held.TryPeek(out var frame, out _) && frame.Header.LastId <= id)
        {
            _held.Remove();
            Resolve(frame, _sequence.Judge(frame.Header), id, hasHistory);
        }
    }

    private void Resolve(in Frame frame, Verdict verdict, ulong? counter, bool hasHistory)
    {
        switch (verdict)
        {
            case Verdict.Deliver when !_sequence.IsDoubtful(frame.Header) || frame.Header.LastId <= counter:
                _sequence.Accept(frame);
                break;
            case Verdict.Duplicate:
                _sequence.NoteRepeat(frame.Header);
                break;
            case var _ when _foreign.Includes(frame.Header, counter, _sequence):
                _foreign.Report(frame.Header.LastId, counter);
                break;
            default:
                if (verdict == Verdict.Gap)
                {
                    _sequence.SkipTo(
                        frame.Header.PreviousId,
                        hasHistory ? "the history does not hold them" : "there is no history to fetch them from");
                }

                _sequence.AcceptNext(frame);
                break;
        }
    }
}
