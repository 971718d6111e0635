using RedisBackplane.Publishing;
using RedisBackplane.Redis.Scripts;
using RedisBackplane.Redis.Stream;

namespace RedisBackplane.Legacy;

/// <summary>
/// The format of Microsoft.AspNet.SignalR.StackExchangeRedis, "the older package". For a farm that still has servers
/// with it.
/// </summary>
internal sealed class LegacyFormat : IStreamFormat
{
    public static readonly LegacyFormat Instance = new();

    /// <summary>
    /// The history lacks the messages of servers with the older package. A message that is missing in it may still
    /// arrive.
    /// </summary>
    public bool HasWholeHistory => false;

    public IEnumerable<string> ObjectionsTo(RedisBackplaneOptions options)
    {
        if (options.ShardedPubSub == ShardedPubSub.On)
        {
            yield return "ShardedPubSub is On and WireFormat is Legacy: servers of Microsoft.AspNet.SignalR.StackExchangeRedis "
                + "know plain channels alone. ShardedPubSub must be Auto or Off.";
        }

        if (options.StreamCount > 1)
        {
            yield return FormattableString.Invariant(
                $"StreamCount is {options.StreamCount} and WireFormat is Legacy: servers of ")
                + "Microsoft.AspNet.SignalR.StackExchangeRedis know one stream. StreamCount must be 1 until the last of them is gone.";
        }

        if (options.AuthenticationKeys is { Count: > 0 })
        {
            yield return "AuthenticationKeys are set and WireFormat is Legacy: what is written in the format of "
                + "Microsoft.AspNet.SignalR.StackExchangeRedis is not signed. Set them when all servers write the current one.";
        }
    }

    /// <summary>
    /// The older package gives its channel and its counter the same name in every database. The name has no braces, so
    /// the whole name is hashed. On a cluster the counter is then in the same slot as the other keys.
    /// </summary>
    public RedisNames NamesOf(string appName, int database, int stream) => new(appName, database, stream, new(appName, appName));

    public Task<RecognizeScript.Reply> RecognizeAsync(RedisStreamContext stream, bool wantsSharded, ulong floor) =>
        RecognizeLegacyScript.CallAsync(
            stream.Slot,
            new()
            {
                LegacyCounter = stream.Names.OtherCounter!.Value,
                Counter = stream.Names.Counter,
                LegacyServer = stream.Names.Key("server:legacy"),
                Server = stream.Names.Server,
                ChannelKind = stream.Names.ChannelKind,
            },
            new() { Floor = floor });

    public string? ObjectionToSharded(string appName) =>
        $"WireFormat is Legacy, and the farm '{appName}' has agreed on a sharded channel, which "
        + "servers of Microsoft.AspNet.SignalR.StackExchangeRedis do not know.";

    public IBatchSender CreateSender(
        RedisStreamContext stream, RedisFarm farm, RedisHistory history, TimeSpan publisherTtl, int waitForReplicas) =>
        new LegacyBatchSender(stream, history, publisherTtl, waitForReplicas);
}
