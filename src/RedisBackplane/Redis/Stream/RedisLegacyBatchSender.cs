using RedisBackplane.Publishing;
using RedisBackplane.Redis.Connection;
using RedisBackplane.Redis.Scripts;
using RedisBackplane.Wire;
using StackExchange.Redis;

namespace RedisBackplane.Redis.Stream;

/// <summary>Runs <c>publish_legacy.lua</c>: what <see cref="RedisBatchSender"/> is, for a farm with servers of the older
/// package.</summary>
internal sealed class RedisLegacyBatchSender : IBatchSender
{
    // What the script wants before the payloads.
    private const int LeadingArguments = 8;

    private readonly FrequentScript _script = new(RedisScripts.PublishLegacy);
    private readonly RedisConnection _connection;
    private readonly RedisNames _names;
    private readonly RedisSlot _slot;
    private readonly RedisHistory _history;
    private readonly RedisReplicaBarrier _replicas;
    private readonly RedisValue _publisherTtl;

    public RedisLegacyBatchSender(
        RedisConnection connection, RedisNames names, RedisSlot slot, RedisHistory history, TimeSpan publisherTtl, int waitForReplicas)
    {
        _connection = connection;
        _names = names;
        _slot = slot;
        _history = history;
        _replicas = new RedisReplicaBarrier(connection, slot, waitForReplicas);
        _publisherTtl = (long)publisherTtl.TotalMilliseconds;
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
        // publish_legacy.lua knows streams only.
        var limits = _history.IsSorted ? default : _history.Limits;
        var payloads = request.Count == 0 ? [] : LegacyWriter.Write(request.Frame);
        var arguments = new RedisValue[LeadingArguments + payloads.Length];
        arguments[0] = (string)_names.Channel!;
        arguments[1] = request.Floor;
        arguments[2] = request.Number;
        arguments[3] = request.Oldest;
        arguments[4] = request.Settled;
        arguments[5] = _publisherTtl;
        arguments[6] = limits.MaxBytes;

        // Longer than it must: servers that write the current format leave the expiry as they find it until their own
        // renewal (see Renewal).
        arguments[7] = (long)limits.TimeToLive.TotalMilliseconds * 5 / 4;
        for (var i = 0; i < payloads.Length; i++)
        {
            arguments[LeadingArguments + i] = payloads[i];
        }

        RedisKey[] keys =
        [
            _names.LegacyCounter!.Value,
            _names.Counter,
            _names.Publisher(request.Publisher),
            _names.History,
            _names.OlderHistory,
            _names.HistoryBytes,
        ];
        var result = await _slot.EvaluateAsync(_script, keys, arguments).ConfigureAwait(false);
        return RedisBatchSender.Read(result);
    }
}
