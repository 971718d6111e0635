namespace RedisBackplane.Tests.Publishing;

/// <summary>A model of <c>publish.lua</c> for one publisher, and of its receivers.</summary>
internal sealed class ModelRedis
{
    private ulong _lastStored;
    private ulong _lastId;
    private ulong _lastHeard;

    /// <summary>The content of the history: the messages that were stored since the last memory loss.</summary>
    public List<string> History { get; } = [];

    /// <summary>What a server has delivered that received everything and drops the batches that it had.</summary>
    public List<string> Delivered { get; } = [];

    public BatchReply Run(SendCall call)
    {
        var request = call.Request;
        if (_lastStored < request.Claim)
        {
            return new BatchReply(BatchOutcome.Forgotten, _lastStored);
        }

        if (request.Count == 0 || request.Number <= _lastStored)
        {
            return new BatchReply(BatchOutcome.StoredBefore, 0);
        }

        if (request.Number != _lastStored + 1 && request.Number != request.Oldest)
        {
            return new BatchReply(BatchOutcome.OutOfTurn, _lastStored);
        }

        // Ids restart above the floor if Redis has lost its counter.
        var first = Math.Max(_lastId, request.Floor) + 1;
        _lastId = first + (ulong)request.Count - 1;
        _lastStored = request.Number;
        History.AddRange(call.Values);
        if (request.Number > _lastHeard)
        {
            _lastHeard = request.Number;
            Delivered.AddRange(call.Values);
        }

        return new BatchReply(BatchOutcome.Stored, first);
    }

    public void LoseMemory()
    {
        _lastStored = 0;
        _lastId = 0;
        History.Clear();
    }
}
