namespace RedisBackplane.Publishing;

/// <content>Handles a batch that is refused for its size. Redis is first asked whether it has the batch, because only
/// its answer may have been lost. Otherwise the batch is split, down to the message that is at fault. That message is
/// given up; all others are sent, in their order.</content>
internal sealed partial class Publisher
{
    private readonly SizeSuspicion _suspicion = new();
    private readonly Func<Exception, CallFailure> _judge;
    private bool _hasTooLarge;
    private bool _isAsking;

    private void NoteFailure(Batch batch, Exception error)
    {
        batch.NoteFailedCall();

        // A batch that is sent again after a memory loss was not too large before.
        if (!batch.IsReplay && _suspicion.NoteFailed(batch.Number, batch.Length, _judge(error)))
        {
            batch.IsTooLarge = true;
            _hasTooLarge = true;
        }
    }

    private void AskForTooLarge()
    {
        Batch? batch;
        BatchRequest request;
        lock (_gate)
        {
            // Batches that Redis has lost come first: they change the place of this one.
            if (_isAsking || !_isOpen || _disposed || _queue.HasCallsInFlight || _missingRecord.IsOpen || _confirmed.AreForgotten)
            {
                return;
            }

            batch = _hasTooLarge ? FindTooLarge() : null;
            _hasTooLarge = _isAsking = batch is not null;
            if (batch is null)
            {
                return;
            }

            request = Question(batch.Number);
        }

        _ = FollowQuestion(batch, _sender.SendAsync(request).AsTask());
    }

    private Batch? FindTooLarge() => _queue.FindInterrupted(static candidate => candidate.IsTooLarge);

    private async Task FollowQuestion(Batch batch, Task<BatchReply> call)
    {
        var (isAnswered, reply) = await AnswerTo(call).ConfigureAwait(false);
        Exception? refusal = null;
        var isStored = isAnswered && reply.Outcome == BatchOutcome.StoredBefore;
        lock (_gate)
        {
            _isAsking = false;
            if (!isAnswered || reply.Outcome == BatchOutcome.Elsewhere || batch.IsGivenUp || _disposed)
            {
                // Asks again, if there still is a batch to ask about.
                _queue.Interrupt();
            }
            else if (isStored)
            {
                batch.IsStored = true;
                _confirmed.Confirm(batch.Number);
                _queue.Drop(batch);
                _counters.Sent(batch.Count, batch.Length, storedBefore: true);
                _confirmed.Add(batch);
            }
            else if (batch.Count > 1)
            {
                _queue.Split(batch, _id);
                _lastNumber++;
            }
            else
            {
                refusal = _errors.TooLarge(batch.Length, _lastError);
                batch.GiveUp();
                _queue.Drop(batch);
                _counters.Rejected();
            }

            // Each of its parts may be refused for its own size.
            _hasTooLarge = FindTooLarge() is not null;
            _suspicion.NoteStored();
            ReportQueue();
            ScheduleRecovery();
        }

        if (isStored)
        {
            batch.Complete();
        }
        else if (refusal is not null)
        {
            PublishingLog.TooLarge(_context.Logger, refusal.InnerException, _context.Name, batch.Length);
            batch.Fail(refusal);
        }

        Pump();
    }
}
