namespace RedisBackplane.Tool.Tests;

/// <summary>No part of a password is shown, in any position, even if the rest of the text is wrong.</summary>
public sealed class SecretsTests : FarmTest
{
    private const string Password = "hunter2marked";

    [RedisProcessTheory]
    [InlineData("doctor")]
    [InlineData("doctor --json")]
    [InlineData("history")]
    [InlineData("history --json")]
    public async Task Password_ThatIsRight_IsNotShown(string command)
    {
        await RestartAsync("requirepass " + Password);
        using var server = new FarmServer($"{Redis},password={Password}", App);
        await server.PublishAsync("h-ChatHub", "hello");

        var (exitCode, run) = await ToolRun.ToEndAsync([.. command.Split(' '), "--app", App, "--redis", $"{Redis},password={Password}"]);

        Assert.Equal(ExitCodes.Ok, exitCode);
        Assert.DoesNotContain(Password, run.Output + run.Error, StringComparison.Ordinal);
    }

    [RedisProcessTheory]
    [InlineData("send --timeout 2 ChatHub say")]
    [InlineData("history")]
    public async Task Password_ThatIsWrong_IsNamedAsTheReasonAndNotShown(string command)
    {
        await RestartAsync("requirepass another");

        var (exitCode, run) = await ToolRun.ToEndAsync([.. command.Split(' '), "--app", App, "--redis", $"{Redis},password={Password}"]);

        Assert.Equal(ExitCodes.Unusable, exitCode);
        Assert.Contains("No connection", run.Error, StringComparison.Ordinal);
        Assert.Contains("WRONGPASS", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, run.Output + run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(WrongAddresses))]
    public async Task Password_InAnAddressThatIsWrong_IsNotShown(string command, string address)
    {
        var (exitCode, run) = await ToolRun.ToEndAsync(command, "--app", App, "--redis", address);

        Assert.Equal(ExitCodes.Unusable, exitCode);
        Assert.NotEmpty(run.Error);
        Assert.DoesNotContain("hunter", run.Output + run.Error, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("marked", run.Output + run.Error, StringComparison.OrdinalIgnoreCase);
    }

    public static TheoryData<string, string> WrongAddresses()
    {
        var data = new TheoryData<string, string>();
        foreach (var command in new[] { "doctor", "history" })
        {
            data.Add(command, $"redis://user:{Password}@127.0.0.1:1/2");
            data.Add(command, $"rediss://:{Password}@127.0.0.1:1");
            data.Add(command, $"{Password}@127.0.0.1:1");
            data.Add(command, $"127.0.0.1:1,password={Password}");
            data.Add(command, "127.0.0.1:1,password=hunter2,marked");
            data.Add(command, $"127.0.0.1,1,{Password}");
        }

        return data;
    }
}
