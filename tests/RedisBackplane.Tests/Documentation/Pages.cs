using System.Text.RegularExpressions;

namespace RedisBackplane.Tests.Documentation;

/// <summary>The files of this checkout.</summary>
internal static class Pages
{
    private static readonly string[] Folders = ["src", "tests", "benchmarks", "samples", "docs", "eng", ".github"];

    public static string Root => Checkout.Root;

    /// <summary>A file under docs/.</summary>
    public static string Read(string page) => File.ReadAllText(Path.Combine(Root, "docs", page));

    /// <summary>The lines of all files that match one of the patterns and that people write.</summary>
    public static IEnumerable<(string Place, string Text)> Lines(params string[] patterns) =>
        from pattern in patterns
        from file in Folders.SelectMany(folder => Directory.GetFiles(Path.Combine(Root, folder), pattern, SearchOption.AllDirectories))
            .Concat(Directory.GetFiles(Root, pattern))
        where !Regex.IsMatch(file, @"[\\/](bin|obj|node_modules)[\\/]")
        from line in File.ReadAllLines(file).Select((text, index) => (Text: text, Number: index + 1))
        select ($"{file.Substring(Root.Length + 1)}:{line.Number}", line.Text);
}
