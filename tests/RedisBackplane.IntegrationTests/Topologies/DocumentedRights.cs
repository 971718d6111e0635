using System.Text.RegularExpressions;
using RedisBackplane.Redis;

namespace RedisBackplane.IntegrationTests.Topologies;

/// <summary>The ACL rule that docs/security.md gives for an application named <c>Chat</c>: the one place where it stands.</summary>
internal static class DocumentedRights
{
    private const string KeyRight = "~{Chat}:*";
    private const string ChannelRight = "&Chat";

    /// <summary>Every right of the rule: keys, channel, commands.</summary>
    public static IReadOnlyList<string> All { get; } = Read();

    /// <summary>The words of <c>ACL SETUSER</c> behind the password, for an application of another name.</summary>
    public static IEnumerable<string> RuleOf(string appName, string? without = null) =>
        ["resetkeys", "resetchannels", "-@all", .. All.Where(right => right != without).Select(right => RightOf(right, appName))];

    /// <summary>A right of the page, for an application of another name.</summary>
    public static string RightOf(string right, string appName)
    {
        var names = new RedisNames(appName, database: 0);
        return right switch
        {
            KeyRight => names.KeyRight,
            ChannelRight => names.ChannelRight,
            _ => right,
        };
    }

    private static List<string> Read()
    {
        var page = File.ReadAllText(Path.Combine(Root(), "docs", "security.md"));
        var rule = Regex.Match(page, @"^    user chat on (?:.+\n)+", RegexOptions.Multiline).Value;
        var words = rule.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries).Skip(4).ToList();
        Assert.Equal(["resetkeys", "resetchannels", "-@all", KeyRight, ChannelRight], words.Take(5));
        return words.Skip(3).ToList();
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "RedisBackplane.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests do not run in a checkout of the repository.");
        }

        return folder.FullName;
    }
}
