using System.Text;
using StackExchange.Redis;

namespace RedisBackplane.Tool.Tests.Sending;

/// <summary>A farm that has servers of Microsoft.AspNet.SignalR.StackExchangeRedis.</summary>
public sealed class OlderPackageTests : FarmTest
{
    private string Tagged => "{" + App + "}";

    [RedisProcessTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Send_ToAFarmWithServersOfTheOlderPackage_IsRefusedAndChangesNothing(bool isCounter)
    {
        var key = isCounter ? App : Tagged + ":server:legacy";
        await AskAsync("SET", key, "41");

        var (exitCode, run) = await ToolRun.ToEndAsync(With("send", "ChatHub", "say", "hello"));

        Assert.Equal(ExitCodes.Unusable, exitCode);
        Assert.Contains("--legacy", run.Error, StringComparison.Ordinal);
        Assert.Contains("delete " + key, run.Error, StringComparison.Ordinal);
        Assert.Equal("41", await AskAsync("GET", key));
        Assert.Equal("1", await AskAsync("DBSIZE"));
    }

    [RedisProcessFact]
    public async Task Send_InTheOlderFormat_ReachesServersOfBothKinds()
    {
        await AskAsync("SET", App, "41");
        await using var connection = await ConnectionMultiplexer.ConnectAsync(Redis);
        var payloads = await connection.GetSubscriber().SubscribeAsync(RedisChannel.Literal(App));
        await using var monitor = ToolRun.Start(With("monitor", "--json", "--count", "1"));
        await monitor.RemarksAsync("Listening");

        var (exitCode, run) = await ToolRun.ToEndAsync(With("send", "ChatHub", "say", "hello", "--legacy", "--timeout", "30"));

        Assert.Equal(string.Empty, run.Error);
        Assert.Equal(ExitCodes.Ok, exitCode);
        var payload = await payloads.ReadAsync().AsTask().Bounded();
        Assert.StartsWith("42 ", Encoding.ASCII.GetString((byte[])payload.Message!), StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Ok, await monitor.EndAsync());
        Assert.Equal("""ChatHub.say("hello")""", Assert.Single(monitor.JsonLines).GetProperty("value").GetString());
        Assert.Equal("42", await AskAsync("GET", App));
        Assert.Equal("42", await AskAsync("GET", Tagged + ":counter"));
    }

    /// <summary>The rule in docs/security.md does not have the right to a key of that name.</summary>
    [RedisProcessFact]
    public async Task Send_WithoutTheRightToThatKey_SendsAsBefore()
    {
        await AskAsync("SET", App, "41");
        await AskAsync("ACL", "SETUSER", "default", "resetkeys", $"~{Tagged}:*");

        var (exitCode, _) = await ToolRun.ToEndAsync(With("send", "ChatHub", "say", "hello", "--timeout", "30"));

        Assert.Equal(ExitCodes.Ok, exitCode);
    }

    /// <summary>The application may have a key of that name for itself.</summary>
    [RedisProcessTheory]
    [InlineData("HSET", "field", "value")]
    [InlineData("SET", "no counter")]
    public async Task Send_WithAKeyOfThatNameThatIsNoCounter_SendsAsBefore(string command, params string[] arguments)
    {
        await AskAsync([command, App, .. arguments]);

        var (exitCode, _) = await ToolRun.ToEndAsync(With("send", "ChatHub", "say", "hello", "--timeout", "30"));

        Assert.Equal(ExitCodes.Ok, exitCode);
    }
}
