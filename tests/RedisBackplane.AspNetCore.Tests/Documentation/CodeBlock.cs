using System.Text.RegularExpressions;

namespace RedisBackplane.AspNetCore.Tests.Documentation;

/// <summary>A block of C# in a page of the documentation.</summary>
/// <param name="Page">The page, from the root of the repository.</param>
/// <param name="Line">The line of its first line of code.</param>
/// <param name="Code">The code, without the indentation that the page gives it.</param>
internal sealed partial record CodeBlock(string Page, int Line, string Code)
{
    /// <summary>Every block of the README files and of everything under docs.</summary>
    public static IReadOnlyList<CodeBlock> All { get; } = [.. Pages().SelectMany(Read)];

    /// <summary>Whether the block is for an application on .NET Framework only.</summary>
    public bool IsForOwin => Page == "docs/hosting-owin-iis.md"
        || Code.Contains("Owin", StringComparison.Ordinal)
        || Code.Contains("IAppBuilder", StringComparison.Ordinal);

    public override string ToString() => $"{Page}:{Line}";

    private static IEnumerable<string> Pages() =>
        Directory.GetFiles(Path.Combine(Checkout.Root, "docs"), "*.md", SearchOption.AllDirectories)
            .Append(Path.Combine(Checkout.Root, "README.md"))
            .Append(Path.Combine(Checkout.Root, "samples", "Chat", "README.md"))
            .Order(StringComparer.Ordinal);

    private static IEnumerable<CodeBlock> Read(string path)
    {
        var text = File.ReadAllText(path);
        foreach (Match match in Fence().Matches(text))
        {
            var indent = match.Groups["indent"].Value;
            var lines = match.Groups["code"].Value.Split('\n')
                .Select(line => line.StartsWith(indent, StringComparison.Ordinal) ? line[indent.Length..] : line);
            var number = text.AsSpan(0, match.Groups["code"].Index).Count('\n') + 1;
            yield return new CodeBlock(Path.GetRelativePath(Checkout.Root, path).Replace('\\', '/'), number, string.Join('\n', lines));
        }
    }

    [GeneratedRegex(
        @"^(?<indent>[ ]*)```(?:csharp|cs|c#)[^\n]*\n(?<code>.*?)^\k<indent>```",
        RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex Fence();
}
