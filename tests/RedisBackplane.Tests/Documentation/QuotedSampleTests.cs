using System.Text.RegularExpressions;

namespace RedisBackplane.Tests.Documentation;

/// <summary>If a comment names a file of samples/, the block below it must be that file.</summary>
public sealed class QuotedSampleTests
{
    private const string Quote = @"<!-- (samples/\S+) -->\n```\w+\n(.*?)```";

    [Fact]
    public void Blocks_ThatNameASample_ShowItsFile()
    {
        var quotes =
            (from page in Directory.GetFiles(Path.Combine(Pages.Root, "docs"), "*.md").Append(Path.Combine(Pages.Root, "README.md"))
             from match in Regex.Matches(File.ReadAllText(page), Quote, RegexOptions.Singleline).Cast<Match>()
             select (File: match.Groups[1].Value, Code: match.Groups[2].Value)).ToList();

        Assert.Equal(
            ["samples/AspNetCore/ChatHub.cs", "samples/AspNetCore/Program.cs", "samples/OwinSelfHost/Program.cs"],
            quotes.Select(quote => quote.File).OrderBy(file => file, StringComparer.Ordinal));
        Assert.All(quotes, quote => Assert.Equal(File.ReadAllText(Path.Combine(Pages.Root, quote.File)), quote.Code));
    }

    [Fact]
    public void Samples_OfBothHosts_HaveTheSameHub() => Assert.Equal(
        File.ReadAllText(Path.Combine(Pages.Root, "samples", "AspNetCore", "ChatHub.cs")),
        File.ReadAllText(Path.Combine(Pages.Root, "samples", "OwinSelfHost", "ChatHub.cs")));
}
