using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using StackExchange.Redis;

namespace RedisBackplane.BrowserTests.Chat;

/// <summary>The chat as a program: what it says and how it ends.</summary>
public sealed partial class ChatCommandLineTests
{
    [Fact]
    public async Task Help_IsAsked_ShowsTheOptionsAndEndsWell()
    {
        await using var chat = await ChatProcess.RunAsync("--help");
        Assert.Equal(0, chat.ExitCode);
        Assert.Contains("--servers N", chat.Output, StringComparison.Ordinal);
        Assert.Contains("REDIS_BACKPLANE_REDIS", chat.Output, StringComparison.Ordinal);
        Assert.Equal(string.Empty, chat.Errors);
    }

    [Theory]
    [InlineData("'--color' is not an option of the chat.", "--color")]
    [InlineData("--servers is 'many'; it must be a number from 1 to 20.", "--servers", "many")]
    [InlineData("--redis is not one that StackExchange.Redis understands.", "--redis", "localhost:6379,nonsense=true")]
    [InlineData("--redis is a URL.", "--redis", "redis://user:secret@localhost")]
    public async Task Arguments_AreWrong_SaysSoAndEndsWith2(string sentence, params string[] arguments)
    {
        await using var chat = await ChatProcess.RunAsync([.. arguments, .. PortArguments()]);
        Assert.Equal(2, chat.ExitCode);
        Assert.StartsWith(sentence, chat.Errors, StringComparison.Ordinal);
        Assert.Contains("--help", chat.Errors, StringComparison.Ordinal);
        Assert.Equal(string.Empty, chat.Output);
    }

    [Fact]
    public async Task RedisOfTheEnvironment_DoesNotAnswer_SaysSoAndEndsWith1()
    {
        var nobody = $"localhost:{LoopbackPort.PickFree()}";
        await using var chat = await ChatProcess.RunAsync(
            new Dictionary<string, string?> { ["REDIS_BACKPLANE_REDIS"] = $"{nobody},password=secret" }, PortArguments());
        Assert.Equal(1, chat.ExitCode);
        Assert.StartsWith($"REDIS_BACKPLANE_REDIS names {nobody}, and no Redis can be used there: ", chat.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", chat.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Port_IsInUse_SaysSoAndEndsWith1()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        await using var chat = await ChatProcess.RunAsync("--embedded", "--servers", "1", "--port", port);
        Assert.Equal(1, chat.ExitCode);
        Assert.StartsWith($"Port {port} is in use by another program.", chat.Errors, StringComparison.Ordinal);
        Assert.Equal(string.Empty, chat.Output);
    }

    /// <summary>
    /// Runs nothing but the program. The servers find each other over the embedded Redis, print what is true, and print
    /// no warning. The test runs alone: while twenty other processes start, Redis answers too late, and the servers
    /// report it.
    /// </summary>
    [SkippableFact, Trait("Runs", "alone")]
    public async Task EmbeddedRedis_TwoServers_StartSpeakAndEndOnCtrlC()
    {
        Skip.If(OperatingSystem.IsWindows(), "Ctrl-C is sent with kill.");
        int[] ports = [LoopbackPort.PickFree(), LoopbackPort.PickFree()];
        await using var chat = await ChatProcess.StartAsync(ports, "--embedded", "--app", "Test");
        Assert.All(ports, port => Assert.Contains($"http://localhost:{port}", chat.Output, StringComparison.Ordinal));
        Assert.Contains("embedded", chat.Output, StringComparison.Ordinal);
        Assert.Equal(string.Empty, chat.Errors);

        // Who follows the printed advice sees the servers' roll-call and heartbeats.
        var advice = Watch().Match(chat.Output);
        Assert.True(advice.Success, chat.Output);
        Assert.Equal("Test", advice.Groups["channel"].Value);
        await using var redis = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{advice.Groups["port"].Value}");
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var channel = await redis.GetSubscriber().SubscribeAsync(RedisChannel.Literal("Test"));
        channel.OnMessage(message =>
        {
            // A roll-call may come first.
            if (message.Message.ToString().Contains("\"Roster\"", StringComparison.Ordinal))
            {
                heard.TrySetResult();
            }
        });
        await Eventually.CompletesAsync(heard.Task, "a server says who is on it");

        chat.Interrupt();
        await Eventually.CompletesAsync(chat.WhenEndedAsync(), "the chat has ended", TimeSpan.FromSeconds(8));
        Assert.Equal(0, chat.ExitCode);
        Assert.Equal(string.Empty, chat.Errors);
        Assert.False(chat.Output.Contains("warn:", StringComparison.Ordinal), chat.Output);
        Assert.False(chat.Output.Contains("fail:", StringComparison.Ordinal), chat.Output);
    }

    [RedisProcessFact]
    public async Task RedisOfTheEnvironment_Answers_IsUsedAndNamed()
    {
        await using var redis = await RedisServerProcess.StartAsync("requirepass secret");
        await using var chat = await ChatProcess.StartAsync(
            new Dictionary<string, string?> { ["REDIS_BACKPLANE_REDIS"] = $"{redis.EndPoint},password=secret" }, [LoopbackPort.PickFree()]);
        Assert.Contains($"localhost:{redis.Port}  named by REDIS_BACKPLANE_REDIS", chat.Output, StringComparison.Ordinal);
        Assert.Contains($"redis-cli -p {redis.Port} --askpass SUBSCRIBE Chat", chat.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", chat.Output + chat.Errors, StringComparison.Ordinal);
    }

    private static string[] PortArguments() => ["--port", $"{LoopbackPort.PickFree()},{LoopbackPort.PickFree()}"];

    [GeneratedRegex(@"redis-cli -p (?<port>\d+) SUBSCRIBE (?<channel>\S+)")]
    private static partial Regex Watch();
}
