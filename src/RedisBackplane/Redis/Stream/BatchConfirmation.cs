using RedisBackplane.Publishing;
using RedisBackplane.Redis.Connection;
using StackExchange.Redis;

namespace RedisBackplane.Redis.Stream;

/// <summary>
/// Reads what a script that stores a batch answered, and tells the connection and the replicas what follows from it.
/// Thread-safe.
/// </summary>
internal sealed class BatchConfirmation(RedisStreamContext stream, int waitForReplicas)
{
    private readonly RedisConnection _connection = stream.Connection;
    private readonly RedisReplicaBarrier _replicas = new(stream.Connection, stream.Slot, waitForReplicas);

    /// <summary>What the call goes to; taken before the call.</summary>
    public Target Begin() => new(_connection.Changes, _connection.Current);

    /// <exception cref="BackplaneException">
    /// This was no answer of the script, or too few replicas have the batch.
    /// </exception>
    public async ValueTask<BatchReply> ReadAsync(BatchRequest request, Target target, RedisResult result)
    {
        var reply = Parse(result, target);
        if (reply.Outcome == BatchOutcome.Stored)
        {
            _connection.NoteWritten();
        }
        else if (reply.Outcome == BatchOutcome.Elsewhere)
        {
            _connection.OnMoved();
        }

        if (request.Count > 0 && reply.Outcome is BatchOutcome.Stored or BatchOutcome.StoredBefore)
        {
            await _replicas.PassAsync(target.Changes).ConfigureAwait(false);
        }

        return reply;
    }

    private BatchReply Parse(RedisResult result, Target target)
    {
        try
        {
            if (result.Resp2Type == ResultType.Array && result.Length == 2
                && (long)result[0] is var outcome and >= 0 and <= 4 && (long)result[1] is var id and >= 0)
            {
                return new BatchReply((BatchOutcome)outcome, (ulong)id);
            }
        }
        catch (InvalidCastException)
        {
            // Not numbers: no reply of ours either.
        }

        // Answers that are out of step with the calls stay so for as long as the connection lasts.
        _connection.Replace(target.Connection);
        throw new BackplaneException("Redis answered publish.lua with something that is not its reply.");
    }

    /// <param name="Changes"><see cref="RedisConnection.Changes"/> before the call.</param>
    /// <param name="Connection">The connection of the call; null if there was none.</param>
    internal readonly record struct Target(long Changes, IConnectionMultiplexer? Connection);
}
