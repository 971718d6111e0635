using System.Globalization;
using System.Text.RegularExpressions;

namespace RedisBackplane.Tests.Documentation;

/// <summary>No analyzer holds code to the <c>max_line_length</c> of .editorconfig: this does.</summary>
public sealed class LineLengthTests
{
    [Fact]
    public void Sources_OfTheRepository_HaveNoLineLongerThanEditorConfigAllows()
    {
        var configuration = File.ReadAllText(Path.Combine(Pages.Root, ".editorconfig"));
        var longest = int.Parse(Regex.Match(configuration, @"max_line_length = (\d+)").Groups[1].Value, CultureInfo.InvariantCulture);

        var longer =
            from folder in new[] { "src", "tests", "benchmarks", "samples" }
            from file in Directory.GetFiles(Path.Combine(Pages.Root, folder), "*.cs", SearchOption.AllDirectories)
            where !Regex.IsMatch(file, @"[\\/](bin|obj|node_modules)[\\/]")
            from line in File.ReadAllLines(file).Select((text, index) => (Text: text, Number: index + 1))
            where line.Text.Length > longest
            select $"{file.Substring(Pages.Root.Length + 1)}:{line.Number} has {line.Text.Length} characters";

        Assert.Empty(longer);
    }
}
