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

    public Task<RecognizeScript.Reply> RecognizeAsync(RedisStreamContext stream, bool wantsSharded, ulong floor) =>
        RecognizeScript.CallAsync(
            stream.Slot,
            new() { Counter = stream.Names.Counter, Server = stream.Names.Server, ChannelKind = stream.Names.ChannelKind },
            new() { WantsSharded = wantsSharded, Floor = floor });

    public string? ObjectionToSharded(string appName) => null;

    public IBatchSender CreateSender(
        RedisStreamContext stream, RedisFarm farm, RedisHistory history, TimeSpan publisherTtl, int waitForReplicas) =>
        new RedisBatchSender(stream, farm, history, publisherTtl, waitForReplicas);
}
