using StackExchange.Redis;

namespace RedisBackplane.Redis.Scripts;

/// <summary>
/// Calls <c>read_history.lua</c>. The first lines of the script say what each input means:
/// they have the same names, in the same order.
/// </summary>
internal static class ReadHistoryScript
{
    public static readonly string Text = ScriptText.Load("read_history.lua");

    public static Task<RedisResult> CallAsync(RedisSlot slot, in Keys keys, in Arguments arguments) =>
        slot.EvaluateAsync(Text, keys.InOrder(), arguments.InOrder());

    internal readonly struct Keys
    {
        public required RedisKey Counter { get; init; }

        public required RedisKey History { get; init; }

        public required RedisKey OlderHistory { get; init; }

        public RedisKey? OtherCounter { get; init; }

        public RedisKey[] InOrder() =>
            OtherCounter is { } other ? [Counter, History, OlderHistory, other] : [Counter, History, OlderHistory];
    }

    internal readonly struct Arguments
    {
        public required RedisValue After { get; init; }

        public required RedisValue Entries { get; init; }

        public required RedisValue Bytes { get; init; }

        public required RedisValue IsSorted { get; init; }

        public RedisValue[] InOrder() => [After, Entries, Bytes, IsSorted];
    }
}
