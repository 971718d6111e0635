using StackExchange.Redis;

namespace RedisBackplane.Redis.Scripts;

/// <summary>
/// Calls <c>select_database.lua</c>. The first lines of the script explain each input. The inputs here have the same
/// names, in the same order.
/// </summary>
internal static class SelectDatabaseScript
{
    public static readonly string Text = ScriptText.Load("select_database.lua");

    public static Task<RedisResult> CallAsync(RedisSlot slot, in Arguments arguments) =>
        slot.EvaluateAsync(Text, [], arguments.InOrder());

    internal readonly struct Arguments
    {
        public required RedisValue Database { get; init; }

        public RedisValue[] InOrder() => [Database];
    }
}
