using StackExchange.Redis;

namespace RedisBackplane.Redis.Scripts;

/// <summary>
/// Calls <c>join_farm.lua</c>. The first lines of the script explain each input. The inputs here have the same names,
/// in the same order.
/// </summary>
internal static class JoinFarmScript
{
    public static readonly string Text = ScriptText.Load("join_farm.lua");

    public static Task<Reply> CallAsync(RedisSlot slot, in Keys keys, in Arguments arguments) =>
        slot.EvaluateAsync("join_farm.lua", Text, keys.InOrder(), arguments.InOrder(), Reply.In);

    internal readonly struct Keys
    {
        public required RedisKey Farm { get; init; }

        public RedisKey[] InOrder() => [Farm];
    }

    internal readonly struct Arguments
    {
        public required RedisValue Id { get; init; }
        public required RedisValue Sends { get; init; }
        public required RedisValue Reads { get; init; }
        public required RedisValue Place { get; init; }
        public required RedisValue Alive { get; init; }
        public required RedisValue Remember { get; init; }

        public RedisValue[] InOrder() => [Id, Sends, Reads, Place, Alive, Remember];
    }

    /// <param name="OtherPlace">What another server says about the place; empty if none differs.</param>
    internal readonly record struct Reply(int Streams, int ReadByAll, string OtherPlace)
    {
        public static Reply? In(RedisResult answer) => answer.Resp2Type == ResultType.Array && answer.Length == 3
            ? new Reply((int)answer[0], (int)answer[1], (string?)answer[2] ?? string.Empty)
            : null;
    }
}
