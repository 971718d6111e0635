using RedisBackplane.Redis.Scripts;
using StackExchange.Redis;

namespace RedisBackplane.Legacy;

/// <summary>
/// Calls <c>publish_legacy.lua</c>. The first lines of the script explain each input. The inputs here have the same
/// names, in the same order.
/// </summary>
internal sealed class PublishLegacyScript
{
    public static readonly string Text = ScriptText.Load("publish_legacy.lua");

    private readonly FencedScript _script = new(Text);

    public ValueTask<RedisResult> CallAsync(RedisSlot slot, in Keys keys, in Arguments arguments, byte[][] payloads) =>
        slot.EvaluateAsync(
            _script.In(slot.Epoch),
            keys.InOrder(),
            [.. arguments.InOrder(), .. payloads.Select(static payload => (RedisValue)payload)],
            payloads.Sum(static payload => (long)payload.Length));

    internal readonly struct Keys
    {
        public required RedisKey Counter { get; init; }
        public required RedisKey Publisher { get; init; }
        public required RedisKey Log { get; init; }
        public required RedisKey Server { get; init; }
        public required RedisKey LegacyCounter { get; init; }

        public RedisKey[] InOrder() => [Counter, Publisher, Log, Server, LegacyCounter];
    }

    internal readonly struct Arguments
    {
        /// <summary>Set by the slot for each call.</summary>
        public RedisValue IsUnproven { get; init; }
        public required RedisValue Epoch { get; init; }
        public required RedisValue Channel { get; init; }
        public required RedisValue Floor { get; init; }
        public required RedisValue Number { get; init; }
        public required RedisValue Oldest { get; init; }
        public required RedisValue Claim { get; init; }
        public required RedisValue PublisherTtl { get; init; }
        public required RedisValue SegmentBytes { get; init; }
        public required RedisValue Segments { get; init; }
        public required RedisValue HistoryTtl { get; init; }
        public required RedisValue HighestSegment { get; init; }
        public required RedisValue RecordMagic { get; init; }

        public RedisValue[] InOrder() =>
        [
            IsUnproven, Epoch, Channel, Floor, Number, Oldest, Claim, PublisherTtl, SegmentBytes, Segments, HistoryTtl, HighestSegment,
            RecordMagic,
        ];
    }
}
