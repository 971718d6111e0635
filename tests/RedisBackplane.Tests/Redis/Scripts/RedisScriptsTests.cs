using System.Text.RegularExpressions;
using RedisBackplane.Redis.Scripts;

namespace RedisBackplane.Tests.Redis.Scripts;

public sealed class RedisScriptsTests
{
    [Fact]
    public void Publish_Script_NamesEveryInputItUses() => AssertInputsAreNamed("publish.lua", keys: 6, arguments: 15);

    [Fact]
    public void ReadHistory_Script_NamesEveryInputItUses() => AssertInputsAreNamed("read_history.lua", keys: 4, arguments: 4);

    [Fact]
    public void Recognize_Script_NamesEveryInputItUses() => AssertInputsAreNamed("recognize.lua", keys: 3, arguments: 1);

    [Fact]
    public void PublishLegacy_Script_NamesEveryInputItUses() => AssertInputsAreNamed("publish_legacy.lua", keys: 6, arguments: 8);

    [Fact]
    public void SelectDatabase_Script_NamesEveryInputItUses() => AssertInputsAreNamed("select_database.lua", keys: 0, arguments: 1);

    [Fact]
    public void RecognizeLegacy_Script_NamesEveryInputItUses() => AssertInputsAreNamed("recognize_legacy.lua", keys: 5, arguments: 1);

    [Fact]
    public void Publish_Script_IsSentWithoutCommentsAndIndentation()
    {
        Assert.All(RedisScripts.Publish.Split('\n'), line => Assert.Matches("^[^ -]", line));
        Assert.StartsWith("local count, number", RedisScripts.Publish, StringComparison.Ordinal);
        Assert.EndsWith("return {1, base + 1}", RedisScripts.Publish, StringComparison.Ordinal);
    }

    private static void AssertInputsAreNamed(string name, int keys, int arguments)
    {
        var lines = RedisScripts.Source(name).Split('\n');
        var comment = string.Join("\n", lines.Where(line => line.StartsWith("--", StringComparison.Ordinal)));
        var code = string.Join("\n", lines.Where(line => !line.StartsWith("--", StringComparison.Ordinal)));
        for (var i = 1; i <= keys; i++)
        {
            Assert.Contains($"-- KEYS[{i}] ", comment, StringComparison.Ordinal);
        }

        for (var i = 1; i <= arguments; i++)
        {
            Assert.Contains($"-- ARGV[{i}] ", comment, StringComparison.Ordinal);
        }

        Assert.All(
            Regex.Matches(code, @"ARGV\[(\d+)\]").Cast<Match>(),
            match => Assert.InRange(int.Parse(match.Groups[1].Value, null), 1, arguments));
        Assert.DoesNotContain($"ARGV[{arguments + 1}]", comment, StringComparison.Ordinal);
        Assert.DoesNotContain($"KEYS[{keys + 1}]", comment, StringComparison.Ordinal);
    }
}
