using RedisBackplane.Publishing;
using RedisBackplane.Redis.Connection;
using RedisBackplane.Redis.Scripts;
using StackExchange.Redis;

namespace RedisBackplane.Redis.Stream;

/// <summary>
/// The two ends of a call that stores a batch, in either format: its arguments, and what follows from its answer for
/// the connection and the replicas. Thread-safe.
/// </summary>
internal sealed class BatchConfirmation(RedisStreamContext stream, RedisHistory history, int waitForReplicas)
{
    private readonly RedisValue _channel = (string)stream.Names.Channel!;
    private readonly RedisConnection _connection = stream.Connection;
    private readonly RedisReplicaBarrier _replicas = new(stream.Connection, stream.Slot, stream.Time, waitForReplicas);

    /// <param name="publisherTtl">How long Redis remembers the publisher, in milliseconds.</param>
    /// <param name="historyTtl">How long Redis keeps the batch, in milliseconds.</param>
    public BatchArguments ArgumentsOf(in BatchRequest request, RedisValue publisherTtl, long historyTtl)
    {
        var limits = history.Limits;
        return new()
        {
            Epoch = stream.Slot.Epoch.Name,
            Channel = _channel,
            Floor = request.Floor,
            Number = request.Number,
            Oldest = request.Oldest,
            Claim = request.Claim,
            PublisherTtl = publisherTtl,
            SegmentBytes = limits.SegmentBytes,
            Segments = limits.Segments,
            HistoryTtl = historyTtl,
            HighestSegment = history.HighestSegment,
        };
    }

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
