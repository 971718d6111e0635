#if NET
using System.Runtime.CompilerServices;
#endif
using RedisBackplane.Publishing;
using RedisBackplane.Redis.Scripts;
using RedisBackplane.Wire;
using StackExchange.Redis;

namespace RedisBackplane.Redis.Stream;

/// <summary>Runs <c>publish.lua</c>.</summary>
internal sealed class RedisBatchSender : IBatchSender
{
    // Above it, Redis spends less on a second payload per subscriber than on joining the frame to its ids in Lua.
    private const int LongestJoined = 8 * 1024;

    private static readonly RedisValue Plain = "PUBLISH";
    private static readonly RedisValue Sharded = "SPUBLISH";

    private readonly PublishScript _script = new();
    private readonly RedisStreamContext _stream;
    private readonly RedisFarm _farm;
    private readonly RedisHistory _history;
    private readonly BatchConfirmation _confirmation;
    private readonly Renewal _renewal;
    private readonly RedisValue _publisherTtl;
    private readonly RedisValue _magic = FrameLayout.Magic.ToArray();
    private PublishScript.Keys? _keys;
    private PublisherId _publisher;

    public RedisBatchSender(
        RedisStreamContext stream, RedisFarm farm, RedisHistory history, TimeSpan publisherTtl, int waitForReplicas)
    {
        _stream = stream;
        _farm = farm;
        _history = history;
        _confirmation = new BatchConfirmation(stream, history, waitForReplicas);
        var historyTtl = history.Limits.TimeToLive;
        _renewal = new Renewal(historyTtl > TimeSpan.Zero && historyTtl < publisherTtl ? historyTtl : publisherTtl, stream.Time);
        _publisherTtl = Milliseconds(publisherTtl + _renewal.Period);
    }

    public Task<ulong?> ReadCounterAsync() => _history.ReadCounterAsync();

    // A task of this method is created for each batch.
#if NET
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
#endif
    public async ValueTask<BatchReply> SendAsync(BatchRequest request)
    {
        var target = _confirmation.Begin();
        var keys = KeysOf(request.Publisher);
        var historyTtl = Milliseconds(_history.Limits.TimeToLive + _renewal.Period);
        var isApart = request.Frame.Length > LongestJoined;
        var renews = _renewal.IsDue(out var now);
        var result = await _script.CallAsync(_stream.Slot, keys, new()
        {
            Batch = _confirmation.ArgumentsOf(request, _publisherTtl, historyTtl),
            Magic = _magic,
            Count = request.Count,
            Frame = isApart ? request.Frame : request.Body,
            IsApart = isApart,
            Renews = renews,
            Publish = _farm.IsSharded ? Sharded : Plain,
        }).ConfigureAwait(false);
        var reply = await _confirmation.ReadAsync(request, target, result).ConfigureAwait(false);
        if (renews && reply.Outcome == BatchOutcome.Stored)
        {
            _renewal.Done(now);
        }

        return reply;
    }

    private static long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;

    private PublishScript.Keys KeysOf(PublisherId publisher)
    {
        // A sender serves one publisher. The calls of that publisher come one after another.
        if (_keys is null || _publisher != publisher)
        {
            _publisher = publisher;
            _keys = new()
            {
                Counter = _stream.Names.Counter,
                Publisher = _stream.Names.Publisher(publisher),
                Log = _stream.Names.Log,
                Server = _stream.Names.Server,
            };
        }

        return _keys;
    }
}
