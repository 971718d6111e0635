using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using RedisBackplane.Tests.Telemetry;

namespace RedisBackplane.Tests.Documentation;

/// <summary>Compares the pages under docs/ with the code.</summary>
public sealed class DocumentationTests
{
    [Fact]
    public void ConfigurationPage_AgainstTheOptions_NamesEachOnceAndNoOther()
    {
        var documented = Rows("configuration.md", @"^\| `(\w+)`(?:[^|]*)\|").OrderBy(name => name, StringComparer.Ordinal);
        var actual = typeof(RedisBackplaneOptions).GetProperties()
            .Select(property => property.Name)
            .OrderBy(name => name, StringComparer.Ordinal);

        Assert.Equal(actual, documented);
    }

    [Fact]
    public void ConfigurationPage_DefaultOfEachOption_IsThatOfTheCode()
    {
        var defaults = new RedisBackplaneOptions();
        var documented = Regex.Matches(Pages.Read("configuration.md"), @"^\| `(\w+)` \| ([^|]*) \|", RegexOptions.Multiline).Cast<Match>()
            .ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);
        var wrong =
            from property in typeof(RedisBackplaneOptions).GetProperties()
            let expected = InWords(property, property.GetValue(defaults))
            let found = documented[property.Name]
            where found != expected && !(expected == "none" && found.StartsWith("the ", StringComparison.Ordinal))
            select $"{property.Name}: the page says '{found}', the code '{expected}'";

        Assert.Empty(wrong);
    }

    [Fact]
    public void OperationsPage_AgainstTheLogEvents_NamesEachIdWithItsLevel()
    {
        var documented = Regex.Matches(Pages.Read("operations.md"), @"^\| (\d{4}) \| (\w+) \|", RegexOptions.Multiline)
            .Cast<Match>().Select(match => $"{match.Groups[1].Value} {match.Groups[2].Value}");
        var actual = LogEvents.All.Select(found => $"{found.Event.EventId} {found.Event.Level}");

        Assert.Equal(actual.OrderBy(row => row, StringComparer.Ordinal), documented.OrderBy(row => row, StringComparer.Ordinal));
    }

    [Fact]
    public void OperationsPage_EachLogEvent_SaysWhatItMeansAndWhatToDo()
    {
        var rows = Regex.Matches(Pages.Read("operations.md"), @"^\| \d{4} \|.*$", RegexOptions.Multiline)
            .Cast<Match>().Select(match => match.Value).ToArray();

        Assert.NotEmpty(rows);
        Assert.All(rows, row => Assert.Matches(@"^\| \d{4} \| \w+ \| [^|]{5,} \| [^|]{5,} \|$", row.TrimEnd()));
    }

    [Fact]
    public void Pages_Links_LeadToFilesAndHeadings()
    {
        var broken =
            from page in AllPages()
            from match in Regex.Matches(File.ReadAllText(page), @"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)").Cast<Match>()
            let target = match.Groups[1].Length == 0 ? page : Path.Combine(Path.GetDirectoryName(page)!, match.Groups[1].Value)
            where !(File.Exists(target) || Directory.Exists(target))
                || (match.Groups[2].Success && !Headings(target).Contains(match.Groups[2].Value))
            select $"{Path.GetFileName(page)}: {match.Value}";

        Assert.Empty(broken);
    }

    [Fact]
    public void Index_OfTheDocumentation_LeadsToEveryPage()
    {
        var index = Pages.Read("README.md");
        var unlinked = Directory.GetFiles(Path.Combine(Pages.Root, "docs"), "*.md").Select(Path.GetFileName)
            .Where(page => page != "README.md" && !index.Contains($"]({page})"));

        Assert.Empty(unlinked);
    }

    private static IEnumerable<string> AllPages() =>
        Directory.GetFiles(Path.Combine(Pages.Root, "docs"), "*.md", SearchOption.AllDirectories)
            .Concat(Directory.GetFiles(Pages.Root, "*.md"))
            .Concat(new[] { "tests/README.md", "samples/Chat/README.md" }.Select(page => Path.Combine(Pages.Root, page)));

    // GitHub's rule: lower case, no punctuation, hyphens for spaces.
    private static HashSet<string> Headings(string page) =>
    [
        .. Regex.Matches(File.ReadAllText(page), "^#+ (.+)$", RegexOptions.Multiline).Cast<Match>()
            .Select(match => Regex.Replace(match.Groups[1].Value.Trim().ToLowerInvariant(), @"[^\w\- ]", string.Empty).Replace(' ', '-')),
    ];

    private static IEnumerable<string> Rows(string page, string pattern) =>
        Regex.Matches(Pages.Read(page), pattern, RegexOptions.Multiline).Cast<Match>().Select(match => match.Groups[1].Value);

    private static string InWords(PropertyInfo property, object? value) => value switch
    {
        null or "" => "none",
        System.Collections.ICollection { Count: 0 } => "none",
        bool flag => flag ? "true" : "false",
        TimeSpan time => time.TotalMinutes >= 2 ? $"{time.TotalMinutes} minutes" : $"{time.TotalSeconds} s",
        int or long when property.Name.EndsWith("Bytes", StringComparison.Ordinal) =>
            Bytes(Convert.ToInt64(value, CultureInfo.InvariantCulture)),
        int number => number.ToString(number < 10_000 ? "D" : "N0", CultureInfo.InvariantCulture),
        _ => $"`{value}`",
    };

    private static string Bytes(long bytes) => bytes >= 1024 * 1024 ? $"{bytes / (1024 * 1024)} MiB" : $"{bytes / 1024} KiB";
}
