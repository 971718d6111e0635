using System.Globalization;
using System.Text.RegularExpressions;
using StackExchange.Redis;

namespace RedisBackplane.Tool.Farms;

/// <summary>The streams and servers of a farm, according to the key that <c>join_farm.lua</c> writes.</summary>
/// <param name="Streams">The number of streams that any server sends over.</param>
/// <param name="Servers">The number of servers that are registered.</param>
internal sealed partial record FarmLayout(int Streams, int Servers)
{
    /// <summary>Reads it; one stream and no server if no server is registered.</summary>
    public static async Task<FarmLayout> ReadAsync(IDatabase database, FarmAddress farm) =>
        Parse(await database.StringGetAsync(farm.Names.Farm));

    public static FarmLayout Parse(string? text)
    {
        var lines = Line().Matches(text ?? string.Empty);
        var streams = lines.Select(line => int.Parse(line.Groups["sends"].ValueSpan, CultureInfo.InvariantCulture))
            .Where(IsPossible)
            .DefaultIfEmpty(1)
            .Max();
        return new FarmLayout(streams, ServersIn(text).Count());
    }

    public static IEnumerable<string> ServersIn(string? text) =>
        Line().Matches(text ?? string.Empty).Select(line => line.Groups["id"].Value).Where(id => id != "-");

    private static bool IsPossible(int streams) => streams is >= 1 and <= RedisBackplaneOptions.MaxStreamCount;

    [GeneratedRegex(@"(?<id>\S+) (?<sends>[0-9]{1,4}) [0-9]+ \S+ [0-9]+\n", RegexOptions.CultureInvariant)]
    private static partial Regex Line();
}
