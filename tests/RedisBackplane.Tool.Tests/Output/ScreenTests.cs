using RedisBackplane.Tool.Output;

namespace RedisBackplane.Tool.Tests.Output;

public sealed class ScreenTests
{
    [Fact]
    public void WriteLine_LongTextWithoutATerminal_IsOneLine()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var text = new string('x', 300) + " " + new string('y', 300);

        new Screen(output, error, isJson: false).WriteLine(("17  ", null), (text, null));

        Assert.Equal($"17  {text}{Environment.NewLine}", output.ToString());
    }
}
