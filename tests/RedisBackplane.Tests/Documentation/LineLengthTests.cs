using System.Globalization;
using System.Text.RegularExpressions;

namespace RedisBackplane.Tests.Documentation;

/// <summary>No analyzer checks the length of lines.</summary>
public sealed class LineLengthTests
{
    // A comment on a line of its own: // or /// in C#, -- in Lua, # in scripts, <!-- in projects. A link
    // cannot be wrapped.
    private static readonly Regex Comment = new(@"^\s*(//|-- |# |<!--)(?! ?https://\S+$)");

    [Fact]
    public void Sources_OfTheRepository_HaveNoLineLongerThanEditorConfigAllows()
    {
        var configuration = File.ReadAllText(Path.Combine(Pages.Root, ".editorconfig"));
        var longest = Number(configuration, @"max_line_length = (\d+)");

        Assert.Empty(TooLong(Pages.Lines("*.cs"), longest));
    }

    [Fact]
    public void Comments_OfTheRepository_HaveNoLineLongerThanContributingAllows()
    {
        var rules = File.ReadAllText(Path.Combine(Pages.Root, "CONTRIBUTING.md"));
        var longest = Number(rules, @"Comments wrap at (\d+) columns");
        var comments = Pages.Lines("*.cs", "*.lua", "*.sh", "*.yml", "*.csproj", "*.props", "*.targets")
            .Where(line => Comment.IsMatch(line.Text))
            .ToList();

        Assert.True(comments.Count > 5000, $"Only {comments.Count} lines of comments were found.");
        Assert.Empty(TooLong(comments, longest));
    }

    private static IEnumerable<string> TooLong(IEnumerable<(string Place, string Text)> lines, int longest) =>
        lines.Where(line => line.Text.Length > longest).Select(line => $"{line.Place} has {line.Text.Length} characters");

    private static int Number(string text, string pattern) =>
        int.Parse(Regex.Match(text, pattern).Groups[1].Value, CultureInfo.InvariantCulture);
}
