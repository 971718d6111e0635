using RedisBackplane.Publishing;
using RedisBackplane.Redis.Connection;
using RedisBackplane.Redis.Scripts;
using RedisBackplane.Redis.Stream;
using StackExchange.Redis;

namespace RedisBackplane.Legacy;

/// <summary>
/// Runs <c>publish_legacy.lua</c>: what <see cref="RedisBatchSender"/> is, for a farm with servers of the older
/// package.
/// </summary>
internal sealed class LegacyBatchSender : IBatchSender
{
    private readonly PublishLegacyScript _script = new();
    private readonly RedisConnection _connection;
    private readonly RedisNames _names;
    private readonly RedisSlot _slot;
    private readonly RedisHistory _history;
    private readonly RedisReplicaBarrier _replicas;
    private readonly RedisValue _publisherTtl;

    public LegacyBatchSender(in SenderParts parts)
    {
        _connection = parts.Connection;
        _names = parts.Names;
        _slot = parts.Slot;
        _history = parts.History;
        _replicas = new RedisReplicaBarrier(parts.Connection, parts.Slot, parts.WaitForReplicas);
        _publisherTtl = (long)parts.PublisherTtl.TotalMilliseconds;
    }

    public async Task<BatchReply> SendAsync(BatchRequest request)
    {
        var changes = _connection.Changes;
        var reply = await Run(request).ConfigureAwait(false);
        if (reply.Outcome == BatchOutcome.Stored)
        {
            _connection.NoteWritten();
        }

        if (request.Count > 0 && reply.Outcome is BatchOutcome.Stored or BatchOutcome.StoredBefore)
        {
            await _replicas.PassAsync(changes).ConfigureAwait(false);
        }

        return reply;
    }

    private async Task<BatchReply> Run(BatchRequest request)
    {
        var limits = _history.Limits;
        var payloads = request.Count == 0 ? [] : LegacyWriter.Write(request.Frame);
        var result = await _script.CallAsync(
            _slot,
            new()
            {
                LegacyCounter = _names.OtherCounter!.Value,
                Counter = _names.Counter,
                Publisher = _names.Publisher(request.Publisher),
                Log = _names.Log,
            },
            new()
            {
                Channel = (string)_names.Channel!,
                Floor = request.Floor,
                Number = request.Number,
                Oldest = request.Oldest,
                Settled = request.Settled,
                PublisherTtl = _publisherTtl,
                SegmentBytes = limits.SegmentBytes,
                Segments = limits.Segments,

                // Longer than it must: servers that write the current format leave the expiry as they find it until
                // their own renewal (see Renewal).
                HistoryTtl = (long)limits.TimeToLive.TotalMilliseconds * 5 / 4,
                HighestSegment = _history.HighestSegment,
                RecordMagic = HistoryLayout.WrappedMagic.ToArray(),
            },
            payloads).ConfigureAwait(false);
        return RedisBatchSender.Read(result);
    }
}
