using RedisBackplane.Streams;
using RedisBackplane.Wire;

namespace RedisBackplane.Receiving;

/// <summary>
/// Passes on the frames of one stream in the order of their ids: classifies each frame, passes it to the sink once, and
/// tracks missing ids. Independent of Redis and of time. Not thread-safe: <see cref="FrameIntake"/> guards it.
/// </summary>
internal sealed class FrameSequence(StreamContext context, IFrameSink sink, ReceiveCounters counters)
{
    private const int MaxPublishersRemembered = 10_000;

    private readonly Sequencer _sequencer = new();
    private readonly PublisherLedger _ledger = new(MaxPublishersRemembered);
    private readonly MissingIds _missing = new(context, counters);
    private readonly RepeatedIds _repeats = new(context, counters);
    private ulong _historyPosition;
    private ulong _startedAt;

    /// <inheritdoc cref="MissingIds.Lost"/>
    public event Action<ulong, ulong>? Lost
    {
        add => _missing.Lost += value;
        remove => _missing.Lost -= value;
    }

    /// <inheritdoc cref="FrameIntake.Jumped"/>
    public event Action? Jumped;

    /// <inheritdoc cref="Sequencer.LastId"/>
    public ulong LastId => _sequencer.LastId;

    /// <summary>Everything up to this id was received, or was reported as lost.</summary>
    public ulong AccountedUpTo => Math.Max(LastId, _missing.AccountedUpTo);

    /// <summary>Where the last frame ends in the history.</summary>
    public HistoryPosition HistoryPosition => HistoryPosition.Behind(_historyPosition);

    /// <summary>The sink serves subscriptions. From here on, missing ids are lost messages.</summary>
    public bool HasStarted { get; private set; }

    /// <inheritdoc cref="Sequencer.Judge"/>
    public Verdict Judge(in FrameHeader header) => _sequencer.Judge(header);

    /// <summary>
    /// Whether a frame may be a replay of a recorded one. A batch that follows the last one of its publisher cannot be
    /// a replay. Any other frame waits until it was compared with the history and the counter, as a jump does.
    /// </summary>
    public bool IsDoubtful(in FrameHeader header) => context.Authenticator is not null && !_ledger.IsNews(header);

    /// <summary>Starts after the last id that was given. Earlier messages are not delivered.</summary>
    public void Advance(ulong counter)
    {
        _sequencer.Advance(counter);
        context.Highest.Raise(LastId);
        context.Received.Reach(LastId);
    }

    public void Start()
    {
        HasStarted = true;
        _startedAt = LastId;
        sink.Start(LastId);
    }

    /// <returns>Whether the batch was new.</returns>
    public bool Accept(in Frame frame)
    {
        _sequencer.Advance(frame.Header.LastId);
        _historyPosition = frame.Header.End;
        context.Highest.Raise(frame.Header.LastId);
        context.Received.Reach(LastId);
        _missing.Took(frame.Header);
        _repeats.Took(frame.Header.LastId);
        if (!frame.Header.IsAnonymous && !_ledger.TryAdd(frame.Header))
        {
            // Redis lost its memory of a batch and stored it again under new ids.
            counters.Duplicates.Add();
            return false;
        }

        counters.Frames.Add();
        try
        {
            sink.Append(frame);
        }
        catch (Exception exception)
        {
            // A failure of this frame must not affect the next ones.
            counters.Failed.Add();
            ReceivingLog.DeliveryFailed(context.Logger, exception, context.Name);
        }

        return true;
    }

    /// <summary>Accepts a frame before which nothing is missing; its ids may jump.</summary>
    /// <returns>Whether the batch was new.</returns>
    public bool AcceptNext(in Frame frame)
    {
        if (frame.Header.FirstId <= LastId && IsUnknown(frame.Header))
        {
            PassOver(frame.Header);
            return false;
        }

        var isJump = HasStarted && frame.Header.FirstId != LastId + 1;
        if (isJump)
        {
            counters.Jumps.Add();
            context.Received.Begin(frame.Header.FirstId);
            ReceivingLog.IdsJumped(context.Logger, context.Name, LastId, frame.Header.FirstId);
        }

        var isNew = Accept(frame);
        if (isJump)
        {
            Jumped?.Invoke();
        }

        return isNew;
    }

    /// <summary>Skips ids that no frame brought, and reports them as lost.</summary>
    /// <param name="reason">Why they are missing, in words for a log.</param>
    public void SkipTo(ulong upTo, string reason)
    {
        if (HasStarted && upTo > LastId)
        {
            _missing.Report(LastId, upTo, reason);
            _ledger.NoteGap();

            // The ids may have restarted among those that are missing.
            context.Received.Begin(upTo + 1);
        }

        // Before the start nothing is lost: the history held these ids before this server served anybody.
        _sequencer.Advance(upTo);
    }

    // A Redis that lacked the last messages gave some ids once more, and this batch has some of them. They were
    // received with other messages, so this batch has no place in the order.
    private void PassOver(in FrameHeader header)
    {
        _missing.ReportPassed(header.FirstId, header.LastId);
        _missing.TellPassed();
        _ledger.NoteGap();
        _sequencer.Advance(header.LastId);
        _historyPosition = header.End;
        context.Highest.Raise(LastId);
        context.Received.Begin(LastId + 1);
        Jumped?.Invoke();
    }

    /// <summary>Whether a frame that names its publisher has not been seen.</summary>
    public bool IsUnknown(in FrameHeader header) => HasStarted && !header.IsAnonymous && !_ledger.Knows(header);

    /// <summary>
    /// Called for a frame of the history whose ids are at or below the last one. If it was not seen, another Redis had
    /// assigned higher ids in the meantime. Its messages no longer have a place in the order, and are reported as lost.
    /// </summary>
    public void ReportPassed(in FrameHeader header)
    {
        // What was sent before this server started is not lost to it.
        if (header.FirstId > _startedAt && IsUnknown(header))
        {
            _missing.ReportPassed(header.FirstId, header.LastId);
            _ledger.NoteGap();
        }
    }

    /// <summary>
    /// The history begins too late: ids up to the last one taken, which another Redis had given, may have had messages
    /// here as well.
    /// </summary>
    public void ReportPassed(ulong after, ulong upTo)
    {
        (after, upTo) = (Math.Max(after, _startedAt), Math.Min(upTo, LastId));
        if (HasStarted && after < upTo)
        {
            _missing.ReportPassed(after + 1, upTo);
            _ledger.NoteGap();
        }
    }

    /// <inheritdoc cref="MissingIds.TellPassed"/>
    public void TellPassed() => _missing.TellPassed();

    /// <inheritdoc cref="RepeatedIds.Note"/>
    public bool NoteRepeat(in FrameHeader header)
    {
        var wentBack = _repeats.Note(header, LastId);
        if (wentBack)
        {
            _missing.ReportRepeated(header);
        }

        return wentBack;
    }

    /// <inheritdoc cref="MissingIds.Refuse"/>
    public bool Refuse(in FrameHeader header) => _missing.Refuse(header, LastId);

    /// <inheritdoc cref="MissingIds.Suspect"/>
    public void Suspect(ulong? counter, bool afterSilence) => _missing.Suspect(LastId, counter, afterSilence);
}
