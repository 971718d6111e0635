using StackExchange.Redis;

namespace RedisBackplane.Redis.Scripts;

/// <summary>
/// Calls <c>publish.lua</c>. The first lines of the script explain each input. The inputs here have the same names, in
/// the same order.
/// </summary>
internal sealed class PublishScript
{
    public static readonly string Text = ScriptText.Load("publish.lua");

    private readonly FencedScript _script = new(Text);

    public ValueTask<RedisResult> CallAsync(RedisSlot slot, Keys keys, in Arguments arguments) =>
        slot.EvaluateAsync(_script.In(slot.Epoch), keys.InOrder(), arguments.InOrder(), arguments.Frame.Length());

    /// <summary>Created once for many calls.</summary>
    internal sealed class Keys
    {
        private RedisKey[]? _inOrder;

        public required RedisKey Counter { get; init; }
        public required RedisKey Publisher { get; init; }
        public required RedisKey Log { get; init; }
        public required RedisKey Server { get; init; }

        public RedisKey[] InOrder() => _inOrder ??= [Counter, Publisher, Log, Server];
    }

    internal readonly struct Arguments
    {
        public required BatchArguments Batch { get; init; }
        public required RedisValue Magic { get; init; }
        public required RedisValue Count { get; init; }
        public required RedisValue Frame { get; init; }
        public required RedisValue IsApart { get; init; }
        public required RedisValue Renews { get; init; }
        public required RedisValue Publish { get; init; }

        public RedisValue[] InOrder() => Batch.Then(Magic, Count, Frame, IsApart, Renews, Publish);
    }
}
