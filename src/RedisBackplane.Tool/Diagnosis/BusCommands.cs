using System.Globalization;
using RedisBackplane.Tool.Farms;
using StackExchange.Redis;

namespace RedisBackplane.Tool.Diagnosis;

/// <summary>
/// A call of each command that the ACL rule of docs/security.md names, for <c>ACL DRYRUN</c>, which does not make it.
/// </summary>
internal static class BusCommands
{
    private static readonly string[] WithSubcommands = ["script", "client", "cluster"];

    // RedisBackplane.IntegrationTests proves that a farm works without one of these.
    private static readonly string[] Dispensable =
        ["eval", "script|load", "info", "unsubscribe", "ping", "client|setname", "client|id"];

    /// <summary>The calls for a farm, with its keys and channels.</summary>
    /// <param name="channels">The channel of the first stream, of each kind that the farm may choose.</param>
    public static IEnumerable<string[]> Of(FarmAddress farm, int streams, IReadOnlyList<RedisChannel> channels, bool isCluster)
    {
        string[][] common =
        [
            ["EVAL", "return 1", "0"],
            ["EVALSHA", new string('0', 40), "0"],
            ["SCRIPT", "LOAD", "return 1"],
            ["TIME"],
            ["INFO", "server"],
            ["PING"],
            ["ECHO", "x"],
            ["CLIENT", "SETNAME", "x"],
            ["CLIENT", "ID"],
            .. isCluster ? (string[][])[["CLUSTER", "NODES"]] : [],
            .. farm.Database == 0 ? [] : (string[][])[["SELECT", farm.Database.ToString(CultureInfo.InvariantCulture)]],
        ];
        return common.Concat(Enumerable.Range(0, streams).SelectMany(stream => OfStream(farm, stream, channels)));
    }

    /// <summary>The name in an ACL rule.</summary>
    public static string NameOf(string[] command)
    {
        var name = command[0].ToLowerInvariant();
        return WithSubcommands.Contains(name) ? name + "|" + command[1].ToLowerInvariant() : name;
    }

    /// <summary>Whether the bus works without the command, if it has the others.</summary>
    public static bool IsDispensable(string name) => Dispensable.Contains(name);

    private static IEnumerable<string[]> OfStream(FarmAddress farm, int stream, IReadOnlyList<RedisChannel> channels)
    {
        var names = farm.NamesOf(stream);
        var (counter, log) = ((string)names.Counter!, (string)names.Log!);
        string[][] keyed =
        [
            ["GET", counter],
            ["SET", counter, "1"],
            ["INCR", counter],
            ["INCRBY", counter, "1"],
            ["BITFIELD", log, "SET", "u8", "0", "0"],
            ["SETRANGE", log, "0", "x"],
            ["GETRANGE", log, "0", "0"],
            ["RENAME", log, (string)names.Segment(1)!],
            ["PEXPIRE", log, "1000"],
            ["PTTL", log],
            ["DEL", log],
        ];
        return keyed.Concat(channels.SelectMany(channel => OfChannel((string)names.Channel!, channel.IsSharded)));
    }

    private static string[][] OfChannel(string channel, bool isSharded) => isSharded
        ? [["SPUBLISH", channel, "x"], ["SSUBSCRIBE", channel], ["SUNSUBSCRIBE", channel]]
        : [["PUBLISH", channel, "x"], ["SUBSCRIBE", channel], ["UNSUBSCRIBE", channel]];
}
