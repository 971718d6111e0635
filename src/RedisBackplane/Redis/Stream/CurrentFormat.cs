using RedisBackplane.Publishing;
using RedisBackplane.Redis.Scripts;

namespace RedisBackplane.Redis.Stream;

/// <summary>The library's own format.</summary>
internal sealed class CurrentFormat : IStreamFormat
{
    public static readonly CurrentFormat Instance = new();

    public bool HasWholeHistory => true;

    public IEnumerable<string> ObjectionsTo(RedisBackplaneOptions options) => [];

    public RedisNames NamesOf(string appName, int database, int stream) => new(appName, database, stream);

    public Task<RecognizeScript.Reply> RecognizeAsync(RedisSlot slot, RedisNames names, bool wantsSharded, ulong floor) =>
        RecognizeScript.CallAsync(
            slot,
            new() { Counter = names.Counter, Server = names.Server, ChannelKind = names.ChannelKind },
            new() { WantsSharded = wantsSharded });

    public string? ObjectionToSharded(string appName) => null;

    public IBatchSender CreateSender(in SenderParts parts) => new RedisBatchSender(
        parts.Connection, parts.Names, parts.Slot, parts.Farm, parts.History, parts.PublisherTtl, parts.WaitForReplicas, parts.Time);
}
