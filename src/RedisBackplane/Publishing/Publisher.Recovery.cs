using RedisBackplane.Timing;

namespace RedisBackplane.Publishing;

/// <content>
/// What happens when a call fails, or when Redis has lost its memory. A publisher that is interrupted waits until every call has ended:
/// only then is it certain what Redis holds, and in which order the rest must follow. Then what Redis forgot goes first, what was
/// interrupted next, and what waits last. What has waited too long is given up. </content>
internal sealed partial class Publisher
{
    // An outage makes nothing dispensable until Redis has been asked what it remembers. But what is older than this, Redis may have
    // forgotten for its age alone (the record of a publisher expires), and sent again it would be news to servers that were started
    // meanwhile.
    private static readonly TimeSpan KeptInOutage = TimeSpan.FromMinutes(5);

    private bool _verifyAgain;
    private int _verifications;

    private TimeSpan KeptFor =>
        (_isOpen && !IsVerifying) || _limits.RepublishWindow == TimeSpan.Zero ? _limits.RepublishWindow : KeptInOutage;

    private bool IsVerifying => _verifications > 0 || _verifyAgain || _confirmed.AreForgotten;

    /// <summary>
    /// Asks Redis whether it still knows what it confirmed lately, and sends again what it lost. To be called when Redis may have lost its
    /// memory: after a reconnect, and when the ids begin again. A publisher that sends would notice by itself; an idle one would not.
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
            request = new BatchRequest(default, 0, _id, 0, 0, _confirmed.Claim, _context.Highest.Value);
        }

        _ = FollowVerification(_sender.SendAsync(request));
    }

    private async Task FollowVerification(Task<BatchReply> call)
    {
        var hasFailed = false;
        BatchReply reply = default;
        try
        {
            reply = await call.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            hasFailed = true;
            PublishingLog.VerificationFailed(_context.Logger, exception, _context.Name);
        }

        lock (_gate)
        {
            _verifications--;
            _verifyAgain |= hasFailed;
            _confirmed.Note(reply);
            ScheduleRecovery();
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
            _confirmed.Note(reply);
            waiting = _queue.Messages;
            ReportQueue();
            ScheduleRecovery();
        }

        if (first)
        {
            PublishingLog.SendFailed(_context.Logger, error!, _context.Name, waiting);
        }
    }

    private void ScheduleRecovery()
    {
        // Only when every call has ended is it certain what Redis holds, and in which order the rest must follow.
        var isNeeded = _queue.IsInterrupted || _verifyAgain || _confirmed.AreForgotten;
        if (isNeeded && !_disposed && !_queue.HasCallsInFlight)
        {
            _retryTimer.Change(_backoff.Next(), Timeout.InfiniteTimeSpan);
        }
    }

    private void Recover()
    {
        var verify = false;
        var replayed = 0;
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            // While calls are in flight an interruption lasts; the last of them to end comes back here.
            if (!_queue.HasCallsInFlight)
            {
                replayed = TakeUpForgotten();
                _queue.Recover();
                verify = _verifyAgain;
            }
        }

        if (replayed > 0)
        {
            PublishingLog.RedisForgot(_context.Logger, _context.Name, replayed);
        }

        if (verify)
        {
            Verify();
        }

        AskForTooLarge();
        Pump();
    }

    private int TakeUpForgotten()
    {
        var batches = _confirmed.TakeForgotten();
        _queue.Replay(batches);
        var messages = batches.Sum(batch => batch.Count);
        _counters.Replayed(messages);
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
            _counters.TimedOut(messages);
            PublishingLog.SendTimedOut(_context.Logger, error, _context.Name, messages, _limits.PublishTimeout);
        }
    }
}
