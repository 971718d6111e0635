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
        var reply = RedisSlot.ReplyIn<BatchReply>(result, ReplyIn) ?? throw stream.Slot.NotItsReply("publish.lua", target.Connection);
        if (reply.Outcome == BatchOutcome.Stored)
        {
            _connection.NoteWritten();
        }
        else if (reply.Outcome == BatchOutcome.Elsewhere)
        {
            _connection.OnMoved();
        }

        if (request.Number > 0 && reply.Outcome is BatchOutcome.Stored or BatchOutcome.StoredBefore)
        {
            await _replicas.PassAsync(target.Changes).ConfigureAwait(false);
        }

        return reply;
    }

    private static BatchReply? ReplyIn(RedisResult answer) =>
        answer.Resp2Type == ResultType.Array && answer.Length == 2
        && (long)answer[0] is var outcome and >= 0 and <= 4 && (long)answer[1] is var id and >= 0
            ? new BatchReply((BatchOutcome)outcome, (ulong)id)
            : null;

    /// <param name="Changes"><see cref="RedisConnection.Changes"/> before the call.</param>
    /// <param name="Connection">The connection of the call; null if there was none.</param>
    internal readonly record struct Target(long Changes, IConnectionMultiplexer? Connection);
}
