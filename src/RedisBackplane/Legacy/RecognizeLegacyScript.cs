using RedisBackplane.Redis.Scripts;
using StackExchange.Redis;

namespace RedisBackplane.Legacy;

/// <summary>
/// Calls <c>recognize_legacy.lua</c>. The first lines of the script explain each input. The inputs here have the same
/// names, in the same order.
/// </summary>
internal static class RecognizeLegacyScript
{
    public static readonly string Text = ScriptText.Load("recognize_legacy.lua");

    public static Task<RecognizeScript.Reply> CallAsync(RedisSlot slot, in Keys keys, in Arguments arguments) =>
        slot.EvaluateAsync("recognize_legacy.lua", Text, keys.InOrder(), arguments.InOrder(), RecognizeScript.Reply.In);

    internal readonly struct Keys
    {
        public required RedisKey LegacyCounter { get; init; }
        public required RedisKey Counter { get; init; }
        public required RedisKey LegacyServer { get; init; }
        public required RedisKey Server { get; init; }
        public required RedisKey ChannelKind { get; init; }

        public RedisKey[] InOrder() => [LegacyCounter, Counter, LegacyServer, Server, ChannelKind];
    }

    internal readonly struct Arguments
    {
        public required RedisValue Floor { get; init; }

        public RedisValue[] InOrder() => [Floor];
    }
}
