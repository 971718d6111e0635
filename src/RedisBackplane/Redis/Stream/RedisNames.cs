using System.Globalization;
using RedisBackplane.Redis.Scripts;
using RedisBackplane.Wire;
using StackExchange.Redis;

namespace RedisBackplane.Redis.Stream;

/// <summary>
/// Every name that the bus uses in Redis, for one stream. The braces are a hash tag: on a cluster all keys of a stream
/// are in one slot, as the scripts require, and those of another stream in another one.
/// </summary>
internal sealed class RedisNames
{
    /// <summary>The content of <see cref="ChannelKind"/> if the channel is a sharded one.</summary>
    public const string ShardedKind = "sharded";

    private readonly string _prefix;

    /// <param name="foreign">The names that another package uses, if its servers are in the farm.</param>
    public RedisNames(string appName, int database, int stream = 0, ForeignNames? foreign = null)
    {
        // The name of an application contains no braces, so no stream of one application has the name of another
        // application. The first stream is "Chat" with keys "{Chat}:…". The second is "Chat{1" with keys "{Chat{1}:…";
        // a hash tag ends at the first closing brace.
        var name = stream == 0 ? appName : appName + "{" + stream.ToString(CultureInfo.InvariantCulture);
        _prefix = "{" + name + "}:";

        // Pub/sub ignores databases. The name of the channel separates two of them.
        var channel = foreign?.Channel
            ?? (database == 0 ? name : name + "{" + database.ToString(CultureInfo.InvariantCulture) + "}");

        // On a cluster, the name alone hashes to the slot of the keys. The bus listens on the server that has the keys.
        Channel = RedisChannel.Literal(channel).WithKeyRouting();
        ShardedChannel = RedisChannel.Sharded(channel);
        Counter = _prefix + "counter";
        Log = _prefix + "log";
        Server = _prefix + "server";
        ChannelKind = _prefix + "channel:kind";
        Rights = new RedisRights(
            appName,
            (foreign is { } other ? "~" + Literally(other.Counter) + " " : string.Empty) + "~" + Literally(_prefix) + "*",
            "&" + Literally(channel));
        OtherCounter = foreign is { } shared ? shared.Counter : default(RedisKey?);
        Farm = _prefix + "farm";
    }

    public RedisRights Rights { get; }

    /// <summary>The channel on which the servers of the farm publish and listen.</summary>
    public RedisChannel Channel { get; }

    /// <summary>The same channel if the farm uses a sharded one.</summary>
    public RedisChannel ShardedChannel { get; }

    /// <summary>The Redis key that says which of the two the farm uses.</summary>
    public RedisKey ChannelKind { get; }

    /// <summary>The last id that was given.</summary>
    public RedisKey Counter { get; }

    /// <summary>The state of the history: the last id in it, and the position of its end.</summary>
    public RedisKey Log { get; }

    /// <summary>The Redis keys with the history of earlier previews: a Redis Stream and a sorted set.</summary>
    public RedisKey[] HistoriesOfPreviews => [_prefix + "history", _prefix + "history:sorted"];

    public RedisKey Segment(ulong number) => Log.Append(":" + number.ToString(CultureInfo.InvariantCulture));

    /// <summary>The epoch in which ids are given: its first part is the run id of the Redis that gives them.</summary>
    public RedisKey Server { get; }

    /// <summary>A second counter that gives ids of this stream as well. The higher value of both counts.</summary>
    public RedisKey? OtherCounter { get; }

    /// <summary>
    /// The list of the farm's servers, with the number of streams that each sends over and reads. Only the first
    /// stream's key is used.
    /// </summary>
    public RedisKey Farm { get; }

    /// <summary>The number of the last batch that was stored for a publisher.</summary>
    public RedisKey Publisher(PublisherId id) => Key("publisher:" + id);

    public RedisKey Key(string name) => _prefix + name;

    // Escapes the characters of a pattern.
    private static string Literally(string name) =>
        string.Concat(name.Select(c => c is '*' or '?' or '[' or ']' or '\\' ? "\\" + c : c.ToString()));
}

/// <summary>The names of another package for what it shares with this library.</summary>
internal readonly record struct ForeignNames(string Channel, string Counter);
