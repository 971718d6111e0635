using StackExchange.Redis;

namespace RedisBackplane.Redis.Scripts;

/// <summary>
/// Calls <c>recognize.lua</c>. The first lines of the script explain the inputs. They have the same names here, in the
/// same order.
/// </summary>
internal static class RecognizeScript
{
    public static readonly string Text = ScriptText.Load("recognize.lua");

    public static Task<Reply> CallAsync(RedisSlot slot, in Keys keys, in Arguments arguments) =>
        Reply.ReadAsync(slot.EvaluateAsync(Text, keys.InOrder(), arguments.InOrder()));

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

        public required RedisValue Floor { get; init; }

        public RedisValue[] InOrder() => [WantsSharded, Floor];
    }

    /// <param name="HasRestarted">
    /// Whether ids restart far above the assigned ones, because another Redis has taken over.
    /// </param>
    /// <param name="Epoch">
    /// The epoch in which ids are assigned; <see cref="Scripts.Epoch.None"/> if this Redis does not say who it is.
    /// </param>
    internal readonly record struct Reply(bool HasRestarted, bool IsSharded, bool HasSharded, Epoch Epoch)
    {
        private const int Parts = 5;

        public static async Task<Reply> ReadAsync(Task<RedisResult> call)
        {
            var reply = await call.ConfigureAwait(false);
            return reply.Resp2Type == ResultType.Array && reply.Length == Parts
                ? new Reply((bool)reply[0], (bool)reply[1], (bool)reply[2], EpochOf((string?)reply[3], (bool)reply[4]))
                : throw new BackplaneException("Redis answered recognize.lua with something that is not its reply.");
        }

        private static Epoch EpochOf(string? name, bool keepsScripts) =>
            string.IsNullOrEmpty(name) ? Epoch.None : new Epoch(name!, keepsScripts);
    }
}
