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
    private readonly BatchConfirmation _confirmation = new(stream, history, waitForReplicas);

    public Task<ulong?> ReadCounterAsync() => history.ReadCounterAsync();

    public async ValueTask<BatchReply> SendAsync(BatchRequest request)
    {
        var target = _confirmation.Begin();
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
                // The history is kept longer than needed: servers that write the current format change the expiry only
                // when they renew it (see Renewal).
                Batch = _confirmation.ArgumentsOf(
                    request, (long)publisherTtl.TotalMilliseconds, (long)history.Limits.TimeToLive.TotalMilliseconds * 5 / 4),
                RecordMagic = HistoryLayout.WrappedMagic.ToArray(),
            },
            payloads).ConfigureAwait(false);
        return await _confirmation.ReadAsync(request, target, result).ConfigureAwait(false);
    }
}
