using Microsoft.AspNet.SignalR.Client;

namespace RedisBackplane.BrowserTests.Chat;

/// <summary>The tutorial's client knows only <c>Send</c> and a <c>broadcastMessage</c> of two arguments.</summary>
public sealed class TutorialClientTests
{
    [Fact]
    public async Task Send_OnOneServer_ReachesTheClientOfAnother()
    {
        int[] ports = [LoopbackPort.PickFree(), LoopbackPort.PickFree()];
        await using var chat = await ChatProcess.StartAsync(ports, "--embedded");
        using var first = new HubConnection($"http://localhost:{ports[0]}");
        using var second = new HubConnection($"http://localhost:{ports[1]}");
        var sender = first.CreateHubProxy("chatHub");
        var heard = new TaskCompletionSource<(string Name, string Message)>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var listener = second.CreateHubProxy("chatHub")
            .On<string, string>("broadcastMessage", (name, message) => heard.TrySetResult((name, message)));
        await first.Start();
        await second.Start();

        await sender.Invoke("Send", "Ada", "Hello, world");
        Assert.Equal(("Ada", "Hello, world"), await Eventually.CompletesAsync(heard.Task, "the other client hears it"));
    }

    [Fact]
    public async Task Calls_ThatCannotBe_AreRefusedInASentence()
    {
        (string Method, string First, string Second, string Sentence)[] calls =
        [
            ("Send", " ", "Hello", "A name has 1 to 40 characters, on one line."),
            ("Send", "Ada", " ", "A message has 1 to 2000 characters."),
            ("Send", "Ada", new string('a', 2001), "A message has 1 to 2000 characters."),
            ("SendToRoom", "Tea", "Hello", "Join first."),
            ("SendPrivate", "somebody", "Hello", "Join first."),
        ];
        var port = LoopbackPort.PickFree();
        await using var chat = await ChatProcess.StartAsync([port], "--embedded");
        using var connection = new HubConnection($"http://localhost:{port}");
        var hub = connection.CreateHubProxy("chatHub");
        await connection.Start();

        foreach (var (method, first, second, sentence) in calls)
        {
            var exception = await Assert.ThrowsAsync<HubException>(() => hub.Invoke(method, first, second));
            Assert.Equal(sentence, exception.Message);
        }
    }
}
