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
        public required BatchArguments Batch { get; init; }
        public required RedisValue RecordMagic { get; init; }

        public RedisValue[] InOrder() => Batch.Then(RecordMagic);
    }
}
