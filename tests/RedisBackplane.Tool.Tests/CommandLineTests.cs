namespace RedisBackplane.Tool.Tests;

public sealed class CommandLineTests
{
    [Fact]
    public async Task Help_OfTheTool_NamesEveryCommand()
    {
        var (exitCode, run) = await ToolRun.ToEndAsync("--help");

        Assert.Equal(ExitCodes.Ok, exitCode);
        Assert.All(["monitor", "history", "send", "doctor", "bench", "--redis", "--app"], word => Assert.Contains(word, run.Output));
    }

    [Theory]
    [InlineData("monitor")]
    [InlineData("history")]
    [InlineData("send")]
    [InlineData("doctor")]
    [InlineData("bench")]
    public async Task Help_OfACommand_SaysItsOptions(string command)
    {
        var (exitCode, run) = await ToolRun.ToEndAsync(command, "--help");

        Assert.Equal(ExitCodes.Ok, exitCode);
        Assert.Contains("--json", run.Output);
    }

    [Theory]
    [InlineData("nonsense", "nonsense")]
    [InlineData("monitor --count 0 -a x", "--count")]
    [InlineData("history --last 0 -a x", "--last")]
    [InlineData("bench --seconds 61", "--seconds")]
    [InlineData("send -a x ChatHub say --timeout 0", "--timeout")]
    [InlineData("send -a x ChatHub say --group g --connection c", "exclude")]
    [InlineData("doctor", "--app")]
    [InlineData("doctor -a {x}", "AppName")]
    [InlineData("send -a x ChatHub say --group  hello", "need a name")]
    [InlineData("send -a x ChatHub say --connection ", "need a name")]
    public async Task AnyCommand_WithWrongOptions_SaysWhichAndEndsWith2(string line, string expected)
    {
        // Two spaces, and a space at the end, are an empty argument.
        var (exitCode, run) = await ToolRun.ToEndAsync(line.Split(' '));

        Assert.Equal(ExitCodes.Unusable, exitCode);
        Assert.Contains(expected, run.Error);
        Assert.Empty(run.Output);
    }

    [Theory]
    [InlineData("doctor")]
    [InlineData("monitor")]
    [InlineData("history")]
    [InlineData("send", "ChatHub", "say", "--timeout", "1")]
    public async Task AnyCommand_WithoutARedis_SaysWhereItLookedAndEndsWith2(params string[] command)
    {
        var nobody = $"127.0.0.1:{LoopbackPort.PickFree()}";

        var (exitCode, run) = await ToolRun.ToEndAsync([.. command, "--app", "Chat", "--redis", nobody]);

        Assert.Equal(ExitCodes.Unusable, exitCode);
        Assert.Contains(nobody, run.Error);
    }

    [Fact]
    public async Task Bench_WithoutARedisAndCtrlC_EndsWithoutAnError()
    {
        var nobody = $"127.0.0.1:{LoopbackPort.PickFree()}";
        await using var bench = ToolRun.Start("bench", "--redis", nobody);

        Assert.Equal(ExitCodes.Ok, await bench.CancelAsync());
        Assert.Empty(bench.Error);
    }
}
