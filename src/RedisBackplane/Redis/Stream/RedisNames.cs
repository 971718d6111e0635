using System.Globalization;
using RedisBackplane.Redis.Scripts;
using RedisBackplane.Wire;
using StackExchange.Redis;

namespace RedisBackplane.Redis.Stream;

/// <summary>
/// Every name that the bus uses in Redis, for one stream. The braces are a hash tag: on a cluster all keys of a stream
/// lie in one slot, as the scripts need, and those of another stream in another.
/// </summary>
internal sealed class RedisNames
{
    /// <summary>What <see cref="ChannelKind"/> holds where the channel is a sharded one.</summary>
    public const string ShardedKind = "sharded";

    private readonly string _prefix;

    /// <param name="foreign">The names that another package has given, if its servers are in the farm.</param>
    public RedisNames(string appName, int database, int stream = 0, ForeignNames? foreign = null)
    {
        // An application's name holds no braces, so that no stream of one application can be taken for another
        // application: the first stream is "Chat", its keys "{Chat}:…"; the second "Chat{1" and "{Chat{1}:…", where the
        // tag ends at the first closing brace.
        var name = stream == 0 ? appName : appName + "{" + stream.ToString(CultureInfo.InvariantCulture);
        _prefix = "{" + name + "}:";

        // Pub/sub ignores databases; the name of the channel separates two of them.
        var channel = foreign?.Channel
            ?? (database == 0 ? name : name + "{" + database.ToString(CultureInfo.InvariantCulture) + "}");

        // On a cluster, its name alone hashes to the slot of the keys; it is listened to where they lie.
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

    /// <summary>The rights to all of them.</summary>
    public RedisRights Rights { get; }

    /// <summary>What the servers of the farm publish on and listen to.</summary>
    public RedisChannel Channel { get; }

    /// <summary>The same where the farm uses a sharded one.</summary>
    public RedisChannel ShardedChannel { get; }

    /// <summary>Which of the two the farm uses.</summary>
    public RedisKey ChannelKind { get; }

    /// <summary>The last id given.</summary>
    public RedisKey Counter { get; }

    /// <summary>The state of the history: the last id in it, and the position of its end.</summary>
    public RedisKey Log { get; }

    /// <summary>The keys that hold the history of earlier previews, as a Redis Stream and as a sorted set.</summary>
    public RedisKey[] HistoriesOfPreviews => [_prefix + "history", _prefix + "history:sorted"];

    /// <summary>A segment of the history.</summary>
    public RedisKey Segment(ulong number) => Log.Append(":" + number.ToString(CultureInfo.InvariantCulture));

    /// <summary>The run id of the Redis that gives the ids.</summary>
    public RedisKey Server { get; }

    /// <summary>Another counter that gives ids of this stream as well: the higher of both counts.</summary>
    public RedisKey? OtherCounter { get; }

    /// <summary>
    /// Who is in the farm, and over how many streams each sends and reads. Only the first stream's is used.
    /// </summary>
    public RedisKey Farm { get; }

    /// <summary>The number of the last batch stored for a publisher.</summary>
    public RedisKey Publisher(PublisherId id) => Key("publisher:" + id);

    /// <summary>A key of the stream.</summary>
    public RedisKey Key(string name) => _prefix + name;

    // Escapes the characters of a pattern.
    private static string Literally(string name) =>
        string.Concat(name.Select(c => c is '*' or '?' or '[' or ']' or '\\' ? "\\" + c : c.ToString()));
}

/// <summary>What another package calls the things that it shares with this library.</summary>
internal readonly record struct ForeignNames(string Channel, string Counter);
