using RedisBackplane.Publishing;
using RedisBackplane.Redis.Stream;

namespace RedisBackplane.Legacy;

/// <summary>
/// Runs <c>publish_legacy.lua</c>: the counterpart of <see cref="RedisBatchSender"/> for a farm with servers of the
/// older package.
/// </summary>
internal sealed class LegacyBatchSender(
    RedisStreamContext stream, RedisHistory history, TimeSpan publisherTtl, int waitForReplicas) : IBatchSender
{
    private readonly PublishLegacyScript _script = new();
    private readonly BatchConfirmation _confirmation = new(stream, waitForReplicas);

    public Task<ulong?> ReadCounterAsync() => history.ReadCounterAsync();

    public async Task<BatchReply> SendAsync(BatchRequest request)
    {
        var target = _confirmation.Begin();
        var limits = history.Limits;
        var payloads = request.Count == 0 ? [] : LegacyWriter.Write(request.Frame);
        var result = await _script.CallAsync(
            stream.Slot,
            new()
            {
                Counter = stream.Names.Counter,
                Publisher = stream.Names.Publisher(request.Publisher),
                Log = stream.Names.Log,
                Server = stream.Names.Server,
                LegacyCounter = stream.Names.OtherCounter!.Value,
            },
            new()
            {
                Epoch = stream.Slot.Epoch.Name,
                Channel = (string)stream.Names.Channel!,
                Floor = request.Floor,
                Number = request.Number,
                Oldest = request.Oldest,
                Claim = request.Claim,
                PublisherTtl = (long)publisherTtl.TotalMilliseconds,
                SegmentBytes = limits.SegmentBytes,
                Segments = limits.Segments,

                // Longer than needed: servers that write the current format change the expiry only when they renew it
                // (see Renewal).
                HistoryTtl = (long)limits.TimeToLive.TotalMilliseconds * 5 / 4,
                HighestSegment = history.HighestSegment,
                RecordMagic = HistoryLayout.WrappedMagic.ToArray(),
            },
            payloads).ConfigureAwait(false);
        return await _confirmation.ReadAsync(request, target, result).ConfigureAwait(false);
    }
}
