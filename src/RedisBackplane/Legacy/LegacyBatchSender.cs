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
    private readonly BatchConfirmation _confirmation;
    private readonly RedisValue _publisherTtl;

    public LegacyBatchSender(RedisStreamContext stream, RedisHistory history, TimeSpan publisherTtl, int waitForReplicas)
    {
        _stream = stream;
        _history = history;
        _confirmation = new BatchConfirmation(stream, waitForReplicas);
        _publisherTtl = (long)publisherTtl.TotalMilliseconds;
    }

    public Task<ulong?> ReadCounterAsync() => _history.ReadCounterAsync();

    public async Task<BatchReply> SendAsync(BatchRequest request)
    {
        var target = _confirmation.Begin();
        var limits = _history.Limits;
        var payloads = request.Count == 0 ? [] : LegacyWriter.Write(request.Frame);
        var result = await _script.CallAsync(
            _stream.Slot,
            new()
            {
                Counter = _stream.Names.Counter,
                Publisher = _stream.Names.Publisher(request.Publisher),
                Log = _stream.Names.Log,
                Server = _stream.Names.Server,
                LegacyCounter = _stream.Names.OtherCounter!.Value,
            },
            new()
            {
                Epoch = _stream.Slot.Epoch.Name,
                Channel = (string)_stream.Names.Channel!,
                Floor = request.Floor,
                Number = request.Number,
                Oldest = request.Oldest,
                Claim = request.Claim,
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
        return await _confirmation.ReadAsync(request, target, result).ConfigureAwait(false);
    }
}
