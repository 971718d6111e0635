using RedisBackplane.Tool.Output;

namespace RedisBackplane.Tool.Tests.Output;

public sealed class TerminalTextTests
{
    [Theory]
    [InlineData("plain grüße ✓ 👩‍💻", "plain grüße ✓ 👩‍💻")]
    [InlineData("\u001b]0;title\u0007", @"\u001b]0;title\u0007")]
    [InlineData("\u009b2J\u007f", @"\u009b2J\u007f")]
    [InlineData("one\r\ntwo\tthree\u2028four", @"one\u000d\u000atwo\u0009three\u2028four")]
    [InlineData("\u202egnp.exe\u2066", @"\u202egnp.exe\u2066")]
    public void Escape_OfText_ShowsWhatATerminalWouldObey(string text, string expected) =>
        Assert.Equal(expected, TerminalText.Escape(text));
}
