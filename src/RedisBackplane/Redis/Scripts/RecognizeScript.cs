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
        slot.EvaluateAsync("recognize.lua", Text, keys.InOrder(), arguments.InOrder(), Reply.In);

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

        public static Reply? In(RedisResult answer) =>
            answer.Resp2Type == ResultType.Array && answer.Length == Parts && (string?)answer[3] is var name && Epoch.IsName(name)
                ? new Reply((bool)answer[0], (bool)answer[1], (bool)answer[2], EpochOf(name, (bool)answer[4]))
                : null;

        private static Epoch EpochOf(string? name, bool keepsScripts) =>
            string.IsNullOrEmpty(name) ? Epoch.None : new Epoch(name!, keepsScripts);
    }
}
