using StackExchange.Redis;

namespace RedisBackplane.Redis.Scripts;

/// <summary>
/// Calls <c>recognize.lua</c>. The first lines of the script say what each input means:
/// they have the same names, in the same order.
/// </summary>
internal static class RecognizeScript
{
    public static readonly string Text = ScriptText.Load("recognize.lua");

    public static Task<RedisResult> CallAsync(RedisSlot slot, in Keys keys, in Arguments arguments) =>
        slot.EvaluateAsync(Text, keys.InOrder(), arguments.InOrder());

    internal readonly struct Keys
    {
        public required RedisKey Counter { get; init; }

        public required RedisKey Server { get; init; }

        public required RedisKey ChannelKind { get; init; }

        public RedisKey[] InOrder() => [Counter, Server, ChannelKind];
    }

    internal readonly struct Arguments
    {
        public required RedisValue WantsSharded { get; init; }

        public RedisValue[] InOrder() => [WantsSharded];
    }
}
