using RedisBackplane.Publishing;
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
    private readonly RedisStreamContext _stream;
    private readonly RedisHistory _history;
    private readonly RedisReplicaBarrier _replicas;
    private readonly RedisValue _publisherTtl;

    public LegacyBatchSender(RedisStreamContext stream, RedisHistory history, TimeSpan publisherTtl, int waitForReplicas)
    {
        _stream = stream;
        _history = history;
        _replicas = new RedisReplicaBarrier(stream.Connection, stream.Slot, waitForReplicas);
        _publisherTtl = (long)publisherTtl.TotalMilliseconds;
    }

    public async Task<BatchReply> SendAsync(BatchRequest request)
    {
        var changes = _stream.Connection.Changes;
        var reply = await Run(request).ConfigureAwait(false);
        if (reply.Outcome == BatchOutcome.Stored)
        {
            _stream.Connection.NoteWritten();
        }
        else if (reply.Outcome == BatchOutcome.Elsewhere)
        {
            _stream.Connection.OnMoved();
        }

        if (request.Count > 0 && reply.Outcome is BatchOutcome.Stored or BatchOutcome.StoredBefore)
        {
            await _replicas.PassAsync(changes).ConfigureAwait(false);
        }

        return reply;
    }

    private async Task<BatchReply> Run(BatchRequest request)
    {
        var found = _stream.Connection.Current;
        var limits = _history.Limits;
        var payloads = request.Count == 0 ? [] : LegacyWriter.Write(request.Frame);
        var result = await _script.CallAsync(
            _stream.Slot,
            new()
            {
                LegacyCounter = _stream.Names.OtherCounter!.Value,
                Counter = _stream.Names.Counter,
                Publisher = _stream.Names.Publisher(request.Publisher),
                Log = _stream.Names.Log,
                Server = _stream.Names.Server,
            },
            new()
            {
                Epoch = _stream.Slot.Epoch.Name,
                Channel = (string)_stream.Names.Channel!,
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
        return RedisBatchSender.Read(result, _stream.Connection, found);
    }
}
