using System.Text.RegularExpressions;

namespace RedisBackplane.Tests.Documentation;

/// <summary>Comments, texts in code and pages use none of the words that CONTRIBUTING.md replaces.</summary>
public sealed class ProseTests
{
    [Fact]
    public void Prose_OfTheRepository_HasNoWordThatContributingReplaces()
    {
        var rules = File.ReadAllText(Path.Combine(Pages.Root, "CONTRIBUTING.md"));
        var table = Regex.Match(rules, @"\| not \| but \|\n\|---\|---\|\n((?:\|.*\n)+)").Groups[1].Value;
        var words = Regex.Matches(table, @"^\|[^|]*\|", RegexOptions.Multiline).Cast<Match>()
            .SelectMany(row => Regex.Matches(row.Value, "`([^`]+)`").Cast<Match>())
            .Select(match => Regex.Escape(match.Groups[1].Value))
            .ToArray();

        var pattern = new Regex($@"\b(?:{string.Join("|", words)})\b");

        var found =
            from line in Pages.Lines("*.cs", "*.lua", "*.md", "*.sh", "*.yml", "*.props", "*.targets", "*.csproj", "*.html")
            where !line.Place.StartsWith("CONTRIBUTING.md", StringComparison.Ordinal)
            let match = pattern.Match(line.Text)
            where match.Success
            select $"{line.Place} says '{match.Value}'";

        Assert.True(words.Length >= 15, "CONTRIBUTING.md lost its list of words.");
        Assert.Empty(found);
    }
}
