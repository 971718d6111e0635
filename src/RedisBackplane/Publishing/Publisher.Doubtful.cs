using RedisBackplane.Telemetry;

namespace RedisBackplane.Publishing;

/// <content>Handles a large batch whose call failed. If the batch is refused for its size, Redis is first asked whether
/// it has the batch, because only its answer may have been lost. Otherwise the batch is split, down to the message that
/// is at fault. That message is given up; all others are sent, in their order. Redis is also asked if a call has no
/// answer: the question follows the bytes that are still on their way, and a second copy would delay it.</content>
internal sealed partial class Publisher
{
    private readonly SizeSuspicion _suspicion = new();
    private readonly Func<Exception, CallFailure> _judge;
    private bool _mustAsk;
    private bool _isAsking;
    private ulong _claimAsked;

    private void NoteFailure(Batch batch, Exception error)
    {
        batch.NoteFailedCall();
        if (batch.IsReplay)
        {
            // It was not too large before.
            return;
        }

        var failure = _judge(error);
        batch.IsTooLarge |= _suspicion.NoteFailed(batch, failure);
        batch.IsUnanswered |= failure == CallFailure.Unanswered && batch.Length >= SizeSuspicion.LeastSuspect;
        _mustAsk |= batch.IsDoubtful;
    }

    private void AskForDoubtful()
    {
        Batch? batch;
        BatchRequest request;
        lock (_gate)
        {
            // Batches that Redis has lost come first: they change the place of this one.
            var isEarly = _queue.IsInterrupted || _queue.HasCallsInFlight || _missingRecord.IsOpen || _confirmed.AreForgotten;
            if (isEarly || _isAsking || !_isOpen || _disposed)
            {
                return;
            }

            batch = _mustAsk ? FindDoubtful() : null;
            _mustAsk = _isAsking = batch is not null;
            if (batch is null)
            {
                return;
            }

            _claimAsked = _confirmed.Claim;
            // With its number, so that the answer waits for the replicas as that to the batch would.
            request = Question(batch.Number) with { Number = batch.Number };
        }

        _ = FollowQuestion(batch, _sender.SendAsync(request).AsTask());
    }

    private Batch? FindDoubtful() => _queue.FindInterrupted(static candidate => candidate.IsDoubtful);

    private async Task FollowQuestion(Batch batch, Task<BatchReply> call)
    {
        var (isAnswered, reply, failure) = await AnswerTo(call).ConfigureAwait(false);
        var (count, length) = (batch.Count, batch.Length);
        Exception? refusal = null;
        var isStored = isAnswered && reply.Outcome == BatchOutcome.StoredBefore;
        var recovered = false;
        lock (_gate)
        {
            _isAsking = false;
            _suspicion.NoteStored();
            if (failure is BackplaneException)
            {
                // It is stored, and too few replicas have it. It is sent again like any other; its number makes that
                // harmless. Others need not wait for it.
                batch.NoteCertain();
            }

            if (!isAnswered || reply.Outcome == BatchOutcome.Elsewhere || batch.IsGivenUp || _disposed)
            {
                // Asks again, if there still is a batch to ask about.
                _queue.Interrupt();
            }
            else if (isStored)
            {
                batch.NoteStored();
                recovered = EndFailure();
                _confirmed.Confirm(batch.Number);
                _queue.Drop(batch);
                _counters.Sent(batch.Count, batch.Length, storedBefore: true);
                _confirmed.Add(batch);
            }
            else if (reply.Outcome == BatchOutcome.Forgotten && reply.Value < _claimAsked)
            {
                // Redis has lost its memory, so this does not prove that the batch was never stored. It keeps its
                // number, by which servers that have received it recognise it.
                batch.NoteCertain();
                NoteMemory(reply);
                _queue.Interrupt();
            }
            else if (!batch.IsTooLarge)
            {
                batch.NoteCertain();
            }
            else if (batch.Count > 1)
            {
                _queue.Split(batch, _id);
                _lastNumber++;
                _suspicion.NoteSplit();
            }
            else
            {
                refusal = _errors.TooLarge(batch.Length, _lastError);
                batch.GiveUp();
                _queue.Drop(batch);
                _counters.Rejected();
            }

            // Each of its parts may be refused for its own size.
            _mustAsk = FindDoubtful() is not null;
            ReportQueue();
            ScheduleRecovery();
        }

        if (isStored)
        {
            if (StreamMeter.IsMeasuringBatches)
            {
                _context.Meter?.BatchStored(_context.Time.GetElapsedTime(batch.OpenedAt), count, length);
            }

            batch.Complete(_context.Time);
            if (recovered)
            {
                _reports.Recovered();
            }
        }
        else if (refusal is not null)
        {
            PublishingLog.TooLarge(_context.Logger, refusal.InnerException, _context.Name, batch.Length);
            batch.Fail(refusal);
        }

        AskForDoubtful();
        Pump();
    }
}
