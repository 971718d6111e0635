using RedisBackplane.Telemetry;
using RedisBackplane.Wire;

namespace RedisBackplane.Publishing;

/// <content>Calls to Redis: one thread at a time issues them, and each answer settles its batch.</content>
internal sealed partial class Publisher
{
    private ulong _lastNumber;
    private bool _issuing;

    private void Pump()
    {
        Call? call;
        lock (_gate)
        {
            call = TryBeginCall();
        }

        Issue(call);
    }

    // One thread at a time issues calls, so that they reach Redis in order. It also sends what others queue in the
    // meantime.
    private void Issue(Call? next)
    {
        while (next is { } call)
        {
            _ = Follow(call.Batch, SendAsync(call));
            lock (_gate)
            {
                _issuing = false;
                next = TryBeginCall();
            }
        }
    }

    // Outside the lock: signing a large frame takes long, and the client library may write to its socket on this
    // thread. An exception, for example without memory, makes a failed call, which is repeated. Otherwise no call would
    // follow this one.
    private ValueTask<BatchReply> SendAsync(Call call)
    {
        try
        {
            var request = call.Request;
            if (_context.Authenticator is { } authenticator)
            {
                call.Batch.Sign(authenticator);
                request = request with { Frame = call.Batch.Frame };
            }

            return _sender.SendAsync(request);
        }
        catch (Exception exception)
        {
            return new(Task.FromException<BatchReply>(exception));
        }
    }

    /// <returns>The next call, which the calling thread must issue; null if there is none to issue now.</returns>
    private Call? TryBeginCall()
    {
        if (_issuing || !_isOpen || _disposed || _mustAsk || !_queue.TryTake(_suspicion.IsCareful, out var batch))
        {
            return null;
        }

        _issuing = true;
        batch.WasSentAlone = _suspicion.IsCareful;
        if (batch.Number == 0)
        {
            batch.Close(_id, ++_lastNumber, UnixTime.Microseconds(_context.Time.GetUtcNow()));
        }

        return new Call(
            batch,
            new BatchRequest(batch.Frame, batch.Count, _id, batch.Number, _queue.OldestNumber, _confirmed.Claim, _context.Highest.Value));
    }

    private async Task Follow(Batch batch, ValueTask<BatchReply> call)
    {
        BatchReply reply;
        try
        {
            reply = await call.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Interrupted(batch, exception, default);
            return;
        }

        switch (reply.Outcome)
        {
            case BatchOutcome.Stored:
                var lastId = reply.Value + (ulong)batch.Count - 1;
                _context.Highest.Raise(lastId);
                Settled(batch, isNew: true, lastId);
                break;
            case BatchOutcome.StoredBefore:
                Settled(batch, isNew: false, lastId: 0);
                break;
            default:
                Interrupted(batch, null, reply);
                break;
        }
    }

    private void Settled(Batch batch, bool isNew, ulong lastId)
    {
        bool recovered;
        bool isMeasured;
        int length;
        lock (_gate)
        {
            // A replayed batch was counted when it was first stored.
            isMeasured = !batch.IsStored && StreamMeter.IsMeasuringBatches;
            recovered = EndFailure();
            length = batch.Length;
            _suspicion.NoteStored();
            _counters.Sent(batch.IsStored ? 0 : batch.Count, batch.Length, !isNew);
            batch.NoteStored();
            _confirmed.Confirm(batch.Number);
            _missingRecord.NoteStored(lastId, batch.OpenedAt);
            _queue.Settle(batch);
            if (!batch.IsGivenUp && !_disposed)
            {
                _confirmed.Add(batch);
            }

            ReportQueue();
            ScheduleRecovery();
        }

        Pump();
        if (isMeasured)
        {
            _context.Meter?.BatchStored(_context.Time.GetElapsedTime(batch.OpenedAt), batch.Count, length);
        }

        // After Pump: the code that awaits Publish may continue on this thread.
        batch.Complete(_context.Time);
        if (recovered)
        {
            _reports.Recovered();
        }
    }

    private readonly record struct Call(Batch Batch, BatchRequest Request);
}
