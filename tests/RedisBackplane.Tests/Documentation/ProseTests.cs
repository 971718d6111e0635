using System.Text.RegularExpressions;

namespace RedisBackplane.Tests.Documentation;

/// <summary>Holds comments and texts in code to the words in CONTRIBUTING.md.</summary>
public sealed class ProseTests
{
    [Fact]
    public void Prose_OfTheRepository_HasNoWordThatContributingReplaces()
    {
        var table = Regex.Match(Rules(), @"\| not \| but \|\n\|---\|---\|\n((?:\|.*\n)+)").Groups[1].Value;
        var words = Regex.Matches(table, "`([^`]+)`").Cast<Match>().Select(match => Regex.Escape(match.Groups[1].Value)).ToArray();
        var pattern = new Regex($@"\b(?:{string.Join("|", words)})\b");

        var found =
            from file in Files("*.cs", "*.sh", "*.yml", "*.props", "*.targets", "*.csproj")
            where Path.GetFileName(file) != "CONTRIBUTING.md"
            from line in Lines(file)
            let match = pattern.Match(line.Text)
            where match.Success
            select $"{Name(file)}:{line.Number} says '{match.Value}'";

        Assert.True(words.Length >= 8, "CONTRIBUTING.md lost its list of words.");
        Assert.Empty(found);
    }

    private static string Rules() => File.ReadAllText(Path.Combine(Pages.Root, "CONTRIBUTING.md"));

    private static IEnumerable<string> Files(params string[] patterns) =>
        from pattern in patterns
        from file in new[] { "src", "tests", "benchmarks", "samples", "docs", "eng", ".github" }
            .SelectMany(folder => Directory.GetFiles(Path.Combine(Pages.Root, folder), pattern, SearchOption.AllDirectories))
            .Concat(Directory.GetFiles(Pages.Root, pattern))
        where !Regex.IsMatch(file, @"[\\/](bin|obj|node_modules|wwwroot)[\\/]")
        select file;

    private static IEnumerable<(string Text, int Number)> Lines(string file) =>
        File.ReadAllLines(file).Select((text, index) => (text, index + 1));

    private static string Name(string file) => file.Substring(Pages.Root.Length + 1);
}
