using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using RedisBackplane.Diagnostics;

namespace RedisBackplane.Tests.Documentation;

/// <summary>Holds the pages under docs/ against the code.</summary>
public sealed class DocumentationTests
{
    [Fact]
    public void ConfigurationPage_AgainstTheOptions_NamesEachOnceAndNoOther()
    {
        var documented = Rows("configuration.md", @"^\| `(\w+)`(?:[^|]*)\|").OrderBy(name => name, StringComparer.Ordinal);
        var actual = typeof(RedisBackplaneOptions).GetProperties().Select(property => property.Name).OrderBy(name => name, StringComparer.Ordinal);

        Assert.Equal(actual, documented);
    }

    [Fact]
    public void ConfigurationPage_DefaultsOfSimpleOptions_AreThoseOfTheCode()
    {
        var defaults = new RedisBackplaneOptions();
        var page = Pages.Read("configuration.md");

        Assert.All(
            [
                (nameof(defaults.Server), $"`{defaults.Server}`"),
                (nameof(defaults.Port), $"{defaults.Port}"),
                (nameof(defaults.Ssl), defaults.Ssl ? "true" : "false"),
                (nameof(defaults.Database), $"{defaults.Database}"),
                (nameof(defaults.ConnectionFactoryOwnership), $"`{defaults.ConnectionFactoryOwnership}`"),
                (nameof(defaults.StreamCount), $"{defaults.StreamCount}"),
                (nameof(defaults.LivenessTimeout), Words(defaults.LivenessTimeout)),
                (nameof(defaults.PublishTimeout), Words(defaults.PublishTimeout)),
                (nameof(defaults.QueuePolicy), $"`{defaults.QueuePolicy}`"),
                (nameof(defaults.MaxQueueMessages), Thousands(defaults.MaxQueueMessages)),
                (nameof(defaults.MaxQueueBytes), Words(defaults.MaxQueueBytes)),
                (nameof(defaults.MaxBatchMessages), $"{defaults.MaxBatchMessages}"),
                (nameof(defaults.MaxBatchBytes), Words(defaults.MaxBatchBytes)),
                (nameof(defaults.MaxCallsInFlight), $"{defaults.MaxCallsInFlight}"),
                (nameof(defaults.WaitForReplicas), $"{defaults.WaitForReplicas}"),
                (nameof(defaults.RepublishWindow), Words(defaults.RepublishWindow)),
                (nameof(defaults.RepublishMaxBytes), Words(defaults.RepublishMaxBytes)),
                (nameof(defaults.SendOnly), defaults.SendOnly ? "true" : "false"),
                (nameof(defaults.ShutdownTimeout), Words(defaults.ShutdownTimeout)),
                (nameof(defaults.HistoryMaxBytes), Words(defaults.HistoryMaxBytes)),
                (nameof(defaults.HistoryTimeToLive), Words(defaults.HistoryTimeToLive)),
                (nameof(defaults.AcceptUnauthenticated), defaults.AcceptUnauthenticated ? "true" : "false"),
                (nameof(defaults.MaxLogMessages), Thousands(defaults.MaxLogMessages)),
                (nameof(defaults.MaxLogBytes), Words(defaults.MaxLogBytes)),
            ],
            ((string Name, string Default) option) => Assert.Contains($"| `{option.Name}` | {option.Default} |", page, StringComparison.Ordinal));
    }

    [Fact]
    public void OperationsPage_AgainstTheLogEvents_NamesEachIdWithItsLevel()
    {
        var documented = Regex.Matches(Pages.Read("operations.md"), @"^\| (\d{4}) \| (\w+) \|", RegexOptions.Multiline)
            .Cast<Match>().Select(match => $"{match.Groups[1].Value} {match.Groups[2].Value}");
        var actual = typeof(Log).GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
            .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>())
            .OfType<LoggerMessageAttribute>()
            .Select(attribute => $"{attribute.EventId} {attribute.Level}");

        Assert.Equal(actual.OrderBy(row => row, StringComparer.Ordinal), documented.OrderBy(row => row, StringComparer.Ordinal));
    }

    [Fact]
    public void Pages_LinksToOtherPages_LeadToFiles()
    {
        var root = Pages.Root;
        var pages = Directory.GetFiles(Path.Combine(root, "docs"), "*.md", SearchOption.AllDirectories).Append(Path.Combine(root, "README.md"));
        var broken =
            from page in pages
            from match in Regex.Matches(File.ReadAllText(page), @"\]\((?!https?:|#)([^)#]+)[^)]*\)").Cast<Match>()
            let target = Path.Combine(Path.GetDirectoryName(page)!, match.Groups[1].Value)
            where !File.Exists(target) && !Directory.Exists(target)
            select $"{Path.GetFileName(page)}: {match.Groups[1].Value}";

        Assert.Empty(broken);
    }

    private static IEnumerable<string> Rows(string page, string pattern) =>
        Regex.Matches(Pages.Read(page), pattern, RegexOptions.Multiline).Cast<Match>().Select(match => match.Groups[1].Value);

    private static string Words(TimeSpan time) => time.TotalMinutes >= 2 ? $"{time.TotalMinutes} minutes" : $"{time.TotalSeconds} s";

    private static string Words(long bytes) => bytes >= 1024 * 1024 ? $"{bytes / (1024 * 1024)} MiB" : $"{bytes / 1024} KiB";

    private static string Thousands(int number) => number.ToString("N0", System.Globalization.CultureInfo.InvariantCulture);
}
