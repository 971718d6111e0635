using System.Text.RegularExpressions;

namespace RedisBackplane.IntegrationTests.Topologies;

/// <summary>
/// The ACL rule of docs/security.md for an application named <c>Chat</c>, and the additional rights of some farms. The
/// page is the only place that defines them.
/// </summary>
internal static class DocumentedRights
{
    private const string KeyRight = "~{Chat}:*";
    private const string ChannelRight = "&Chat";
    private const string Number = "{n}";

    private static readonly string Page = ReadFile("docs/security.md");

    /// <summary>Every right of the rule: keys, channel, commands.</summary>
    public static IReadOnlyList<string> All { get; } = Read();

    /// <summary>The additional rights of some farms, by the text above them.</summary>
    public static IReadOnlyDictionary<string, string[]> Besides { get; } =
        Regex.Matches(Page, @"^    # (.+)\r?\n    (.+?)\r?$", RegexOptions.Multiline)
            .Cast<Match>()
            .ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value.Split(' '));

    /// <summary>The words of <c>ACL SETUSER</c> after the password, for an application with another name.</summary>
    public static IEnumerable<string> RuleOf(string appName, string? without = null) =>
        ["resetkeys", "resetchannels", "-@all", .. All.Where(right => right != without).Select(right => RightOf(right, appName))];

    /// <inheritdoc cref="RuleOf(string, string?)"/>
    /// <param name="farms">The texts above the additional rights of its farm.</param>
    /// <param name="without">A right that it lacks.</param>
    public static IEnumerable<string> RuleOf(string appName, IReadOnlyList<string> farms, int database = 0, string? without = null)
    {
        var rule = RuleOf(appName, without);
        var besides = farms.SelectMany(farm => Besides[farm]).Where(right => right != without);
        return [.. rule, .. besides.Select(right => RightOf(right, appName, database))];
    }

    /// <summary>A right of the page, for an application of another name.</summary>
    public static string RightOf(string right, string appName, int database = 0)
    {
        if (right[0] == '+')
        {
            return right;
        }

        // The name as a pattern contains it.
        var name = new RedisNames(appName, database: 0).Rights.Channel.Substring(1);
        return right.Replace("Chat", name).Replace(Number, "{" + database.ToString(CultureInfo.InvariantCulture) + "}");
    }

    internal static string ReadFile(string path) => File.ReadAllText(Path.Combine(Checkout.Root, path));

    private static List<string> Read()
    {
        var rule = Regex.Match(Page, @"^    user chat on (?:.+\n)+", RegexOptions.Multiline).Value;
        var words = rule.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries).Skip(4).ToList();
        Assert.Equal(["resetkeys", "resetchannels", "-@all", KeyRight, ChannelRight], words.Take(5));
        return words.Skip(3).ToList();
    }
}
