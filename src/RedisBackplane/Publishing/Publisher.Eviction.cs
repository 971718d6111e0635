namespace RedisBackplane.Publishing;

/// <content> What happens when Redis has no record of this publisher: before anything is sent again, it is found out
/// whether Redis lost messages at all. </content>
internal sealed partial class Publisher
{
    private void NoteMemory(BatchReply reply)
    {
        if (reply is { Outcome: BatchOutcome.Forgotten, Value: 0 })
        {
            _missingRecord.Open();
            return;
        }

        _confirmed.Note(reply);
    }

    // Under the lock, with no call in flight.
    private bool IsRecordInDoubt(out bool asks, out bool isEvicted)
    {
        isEvicted = false;
        asks = _missingRecord.TryAsk();
        if (!_missingRecord.IsOpen)
        {
            return false;
        }

        switch (_missingRecord.Decide())
        {
            case RecordLoss.Unknown:
                if (!asks)
                {
                    _retryTimer.Change(_backoff.Next(), Timeout.InfiniteTimeSpan);
                }

                return true;
            case RecordLoss.Evicted:
                _confirmed.Unclaim();
                isEvicted = true;
                return false;
            default:
                _confirmed.Note(new BatchReply(BatchOutcome.Forgotten, 0));
                return false;
        }
    }

    private async Task FollowCounter(Task<ulong?> call)
    {
        var (isAnswered, counter, _) = await AnswerTo(call).ConfigureAwait(false);
        lock (_gate)
        {
            if (!isAnswered)
            {
                _missingRecord.Fail();
                ScheduleRecovery();
                return;
            }

            _missingRecord.Answer(counter);
        }

        Recover();
    }
}
