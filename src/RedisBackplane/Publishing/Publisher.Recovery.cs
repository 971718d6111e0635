using RedisBackplane.Timing;

namespace RedisBackplane.Publishing;

/// <content> Recovery after a failed call, or after Redis has lost its memory. An interrupted publisher waits until
/// every call has ended. Only then is it certain what Redis has, and in which order the rest must follow: first the
/// batches that Redis lost, then the interrupted ones, then the waiting ones. What has waited too long is given up.
/// </content>
internal sealed partial class Publisher
{
    // During an outage, nothing is dropped before Redis was asked what it still has. But the record of a publisher in
    // Redis expires. If a batch is older than this, its record may be missing only because of its age, and servers that
    // started in the meantime would take the batch for new.
    private static readonly TimeSpan KeptInOutage = TimeSpan.FromMinutes(5);

    private bool _verifyAgain;
    private int _verifications;

    private TimeSpan KeptFor =>
        (_isOpen && !IsVerifying) || _limits.RepublishWindow == TimeSpan.Zero ? _limits.RepublishWindow : KeptInOutage;

    private bool IsVerifying => _verifications > 0 || _verifyAgain || _missingRecord.IsOpen || _confirmed.AreForgotten;

    /// <summary>
    /// Asks Redis whether it still has what it confirmed lately, and sends again what it lost. Call it when Redis may
    /// have lost its memory: after a reconnect, and when ids restart. A publisher that sends would notice this itself;
    /// an idle one would not.
    /// </summary>
    public void Verify()
    {
        BatchRequest request;
        lock (_gate)
        {
            _verifyAgain = false;
            if (_disposed || _confirmed.IsEmpty)
            {
                return;
            }

            _verifications++;
            request = Question(_confirmed.Claim);
        }

        _ = FollowVerification(_sender.SendAsync(request).AsTask());
    }

    /// <summary>A call that sends no batch, and asks whether Redis has one.</summary>
    private BatchRequest Question(ulong number) => new(default, 0, _id, 0, 0, number, _context.Highest.Value);

    private async Task FollowVerification(Task<BatchReply> call)
    {
        var (isAnswered, reply, _) = await AnswerTo(call).ConfigureAwait(false);
        bool isOver;
        lock (_gate)
        {
            _verifications--;
            _verifyAgain |= !isAnswered || reply.Outcome == BatchOutcome.Elsewhere;
            NoteMemory(reply);
            isOver = EndOutage();
            ScheduleRecovery();
        }

        if (isOver)
        {
            _reports.Recovered();
        }
    }

    /// <returns>The answer to a question that sends no batch. A call that failed is logged.</returns>
    private async Task<(bool IsAnswered, T? Answer, Exception? Failure)> AnswerTo<T>(Task<T> question)
    {
        try
        {
            return (true, await question.ConfigureAwait(false), null);
        }
        catch (Exception exception)
        {
            PublishingLog.VerificationFailed(_context.Logger, exception, _context.Name);
            return (false, default, exception);
        }
    }

    private void Interrupted(Batch batch, Exception? error, BatchReply reply)
    {
        bool first;
        int waiting;
        lock (_gate)
        {
            first = error is not null && _lastError is null && !_disposed;
            _lastError = error ?? _lastError;
            if (error is not null)
            {
                NoteFailure(batch, error);
            }

            _queue.Interrupt(batch);
            _counters.Interrupted(error is not null);
            NoteMemory(reply);
            waiting = _queue.Messages;
            ReportQueue();
            ScheduleRecovery();
        }

        if (first)
        {
            _reports.Failed(error!, waiting);
        }
    }

    private void ScheduleRecovery()
    {
        // Only when every call has ended is it certain what Redis holds, and in which order the rest must follow.
        var isNeeded = _queue.IsInterrupted || _verifyAgain || _missingRecord.IsOpen || _confirmed.AreForgotten;
        if (isNeeded && !_disposed && !_queue.HasCallsInFlight)
        {
            _retryTimer.Change(_backoff.Next(), Timeout.InfiniteTimeSpan);
        }
    }

    private void Recover()
    {
        var (verify, asks, isEvicted, isOver) = (false, false, false, false);
        var (replayed, lost) = (0, 0);
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            // The interruption lasts while calls are in flight, the question about a batch among them. The last call
            // that ends calls this method again.
            if (!_queue.HasCallsInFlight && !_isAsking && !IsRecordInDoubt(out asks, out isEvicted))
            {
                replayed = TakeUpForgotten(out lost);
                _queue.Recover();
                verify = _verifyAgain;
                isOver = EndOutage();
            }
        }

        if (replayed > 0)
        {
            PublishingLog.RedisForgot(_context.Logger, _context.Name, replayed);
        }

        if (lost > 0)
        {
            PublishingLog.RedisForgotForGood(_context.Logger, _context.Name, lost);
        }

        if (isEvicted)
        {
            _reports.RecordEvicted();
        }

        if (isOver)
        {
            _reports.Recovered();
        }

        if (asks)
        {
            _ = FollowCounter(_sender.ReadCounterAsync());
        }

        if (verify)
        {
            Verify();
        }

        AskForDoubtful();
        Pump();
    }

    private int TakeUpForgotten(out int lost)
    {
        var batches = _confirmed.TakeForgotten(out lost);
        _queue.Replay(batches);
        var messages = batches.Sum(batch => batch.Count);
        _counters.ReplayedMessages.Add(messages);
        return messages;
    }

    private void Expire()
    {
        List<Batch> expired;
        Exception? error;
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            error = _lastError;
            var now = _context.Time.GetTimestamp();
            expired = _queue.TakeOpenedUntil(now - _context.Time.Timestamp(_limits.PublishTimeout));
            _confirmed.DropOpenedUntil(now - _context.Time.Timestamp(KeptFor));
            ReportQueue();
            if (_queue.IsEmpty && _confirmed.IsEmpty)
            {
                _expiryTimer.Rest();
            }
        }

        if (expired.Count > 0 && PublisherErrors.Fail(expired, _errors.TimedOut(error)) is var messages and > 0)
        {
            _counters.TimedOutMessages.Add(messages);
            PublishingLog.SendTimedOut(_context.Logger, error, _context.Name, messages, _limits.PublishTimeout);
        }
    }
}
