using RedisBackplane.Publishing;

namespace RedisBackplane.Tests.Publishing;

/// <summary>What <c>publish.lua</c> does, for one publisher, and what its receivers see.</summary>
internal sealed class ModelRedis
{
    private ulong _lastStored;
    private ulong _lastId;
    private ulong _lastHeard;

    /// <summary>What the history holds: the messages stored since the last memory loss.</summary>
    public List<string> History { get; } = [];

    /// <summary>What a server has delivered that heard everything, and drops the batches it had.</summary>
    public List<string> Delivered { get; } = [];

    public BatchReply Run(SendCall call)
    {
        var request = call.Request;
        if (_lastStored < request.Settled)
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

        // Ids restart above the floor if Redis has lost its own.
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
