using RedisBackplane.Publishing;
using RedisBackplane.Redis.Connection;
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
    private readonly RedisReplicaBarrier _replicas;
    private readonly Renewal _renewal;
    private readonly RedisValue _publisherTtl;
    private readonly RedisValue _channel;
    private readonly RedisValue _magic = FrameLayout.Magic.ToArray();
    private PublishScript.Keys? _keys;
    private PublisherId _publisher;

    public RedisBatchSender(
        RedisStreamContext stream, RedisFarm farm, RedisHistory history, TimeSpan publisherTtl, int waitForReplicas)
    {
        _stream = stream;
        _farm = farm;
        _history = history;
        _channel = (string)stream.Names.Channel!;
        _replicas = new RedisReplicaBarrier(stream.Connection, stream.Slot, waitForReplicas);
        var historyTtl = history.Limits.TimeToLive;
        _renewal = new Renewal(historyTtl > TimeSpan.Zero && historyTtl < publisherTtl ? historyTtl : publisherTtl, stream.Time);
        _publisherTtl = Milliseconds(publisherTtl + _renewal.Period);
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
        var keys = KeysOf(request.Publisher);
        var limits = _history.Limits;
        var isApart = request.Frame.Length > LongestJoined;
        var renews = _renewal.IsDue(out var now);
        var result = await _script.CallAsync(_stream.Slot, keys, new()
        {
            Epoch = _stream.Slot.Epoch.Name,
            Channel = _channel,
            Magic = _magic,
            Floor = request.Floor,
            Count = request.Count,
            Number = request.Number,
            Oldest = request.Oldest,
            Settled = request.Settled,
            PublisherTtl = _publisherTtl,
            SegmentBytes = limits.SegmentBytes,
            Segments = limits.Segments,
            HistoryTtl = Milliseconds(limits.TimeToLive + _renewal.Period),
            HighestSegment = _history.HighestSegment,
            Frame = isApart ? request.Frame : request.Body,
            IsApart = isApart,
            Renews = renews,
            Publish = _farm.IsSharded ? Sharded : Plain,
        }).ConfigureAwait(false);
        var reply = Read(result, _stream.Connection, found);
        if (renews && reply.Outcome == BatchOutcome.Stored)
        {
            _renewal.Done(now);
        }

        return reply;
    }

    private static long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;

    internal static BatchReply Read(RedisResult result, RedisConnection connection, IConnectionMultiplexer? found)
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
        connection.Replace(found);
        throw new BackplaneException("Redis answered publish.lua with something that is not its reply.");
    }

    private PublishScript.Keys KeysOf(PublisherId publisher)
    {
        // A sender serves one publisher, whose calls come one after the other.
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
