using global::Chat.Presence;

namespace RedisBackplane.BrowserTests.Chat;

/// <summary>One server per process: each can fail alone.</summary>
public sealed class ChatReconnectTests : IAsyncLifetime
{
    // A server is missed when it has been silent for its lifetime, and its last heartbeat may be one heartbeat ago.
    private static readonly TimeSpan BeforeItIsMissed =
        FarmDirectory.Lifetime - PresenceService.Heartbeat - TimeSpan.FromSeconds(1);

    private readonly int _firstPort = LoopbackPort.PickFree();
    private readonly int _secondPort = LoopbackPort.PickFree();
    private RedisServerProcess? _redis;
    private ChatProcess? _first;
    private ChatProcess? _second;

    private string SecondName => _secondPort.ToString(CultureInfo.InvariantCulture);

    public async Task InitializeAsync()
    {
        if (Chromium.SkipReason is not null || TestRedisSource.ProcessSkipReason is not null)
        {
            // Every test of the class is skipped.
            return;
        }

        _redis = await RedisServerProcess.StartAsync();
        _first = await StartAsync(_firstPort);
        _second = await StartAsync(_secondPort);
    }

    public async Task DisposeAsync()
    {
        foreach (var disposable in new IAsyncDisposable?[] { _first, _second, _redis })
        {
            if (disposable is not null)
            {
                await disposable.DisposeAsync();
            }
        }
    }

    [BrowserAndRedisFact]
    public async Task Network_IsInterrupted_ShowsItAndCatchesUp()
    {
        await using var network = TcpProxy.Start("localhost", _secondPort);
        await using var ada = await ChatWindow.JoinAsync(_firstPort, "Ada");
        await using var grace = await ChatWindow.JoinAsync(network.Port, "Grace");
        Assert.Equal($"Server {SecondName}", grace.ServerBadge);

        // Until the network is back the server's patience with Grace runs; nothing but what matters happens in it.
        network.RefuseNew();
        network.CutAll();
        await grace.ShowsAsync("is reconnecting", () => grace.State == "reconnecting" && grace.IsShown("#trouble"));
        await ada.SayAsync("Said while you were away");
        await ada.ShowsAsync("shows its own message, confirmed", () => ada.Messages is [{ Pending: false }]);

        network.AcceptNew();
        await grace.ShowsAsync("is connected again", () => grace.State == "connected" && !grace.IsShown("#trouble"));
        await grace.ShowsAsync("has caught up", () => grace.Messages is [{ Name: "Ada", Text: "Said while you were away" }]);
        await grace.SayAsync("Here I am again");
        await ada.ShowsAsync("shows Grace's message", () => ada.Messages is [_, { Name: "Grace", Text: "Here I am again" }]);

        // Another interruption, which may last as long as the picture takes.
        network.RefuseNew();
        network.CutAll();
        await grace.ShowsAsync("is reconnecting", () => grace.StateText == "Reconnecting" && grace.IsShown("#trouble"));
        await grace.KeepAsync("desktop-reconnecting");
    }

    [BrowserAndRedisFact]
    public async Task Server_IsKilledAndStartedAgain_WindowsComeBackByThemselves()
    {
        await using var ada = await ChatWindow.JoinAsync(_firstPort, "Ada");
        await using var grace = await ChatWindow.JoinAsync(_secondPort, "Grace");
        await ada.ShowsAsync("shows Grace", () => ada.Servers.GetValueOrDefault(SecondName) is ["Grace"]);

        _second!.Kill();
        await grace.ShowsAsync("is reconnecting", () => grace.State == "reconnecting");
        await grace.ShowsAsync("has given that up", () => grace.State == "disconnected" && grace.IsShown("#retry"));
        await grace.KeepAsync("desktop-disconnected");
        await ada.ShowsAsync("shows that the server is gone", () => !ada.Servers.ContainsKey(SecondName));
        Assert.Contains($"Server {SecondName} is gone", ada.Notes);

        await _second.DisposeAsync();
        _second = await StartAsync(_secondPort);
        await grace.ShowsAsync("is connected again", () => grace.State == "connected");
        await ada.ShowsAsync("shows Grace again", () => ada.Servers.GetValueOrDefault(SecondName) is ["Grace"]);
        await ada.SayAsync("Welcome back");
        await grace.ShowsAsync("shows Ada's message", () => grace.Messages is [{ Name: "Ada", Text: "Welcome back" }]);
    }

    [BrowserAndRedisFact]
    public async Task Server_IsEndedWithOpenWindows_EndsPromptlyAndLeavesTheFarm()
    {
        await using var ada = await ChatWindow.JoinAsync(_firstPort, "Ada");
        await using var grace = await ChatWindow.JoinAsync(_secondPort, "Grace");
        await ada.ShowsAsync("shows Grace", () => ada.Servers.GetValueOrDefault(SecondName) is ["Grace"]);

        _second!.Interrupt();
        var ends = Eventually.CompletesAsync(_second.WhenEndedAsync(), "the server has ended", TimeSpan.FromSeconds(8));

        // It says goodbye: nobody has to wait until it is missed.
        await ada.ShowsAsync("shows that the server is gone", () => !ada.Servers.ContainsKey(SecondName), BeforeItIsMissed);
        await ends;
        Assert.Equal(0, _second.ExitCode);
        Assert.Equal(string.Empty, _second.Errors);
    }

    [BrowserAndRedisFact]
    public async Task Redis_IsAwayForAMoment_WaitingMessagesArrive()
    {
        await using var ada = await ChatWindow.JoinAsync(_firstPort, "Ada");
        await using var grace = await ChatWindow.JoinAsync(_secondPort, "Grace");
        await ada.ShowsAsync("shows Grace", () => ada.Servers.GetValueOrDefault(SecondName) is ["Grace"]);

        await _redis!.KillAsync();
        await ada.SayAsync("Is anybody there?");
        await ada.ShowsAsync("shows its own message, faint", () => ada.Messages is [{ Pending: true }]);
        await ada.KeepAsync("desktop-waiting");

        await _redis.StartAgainAsync();
        await grace.ShowsAsync("shows Ada's message", () => grace.Messages is [{ Name: "Ada", Text: "Is anybody there?" }]);
        await ada.ShowsAsync("shows its own message, confirmed", () => ada.Messages is [{ Pending: false }]);
        await ada.ShowsAsync("shows Grace", () => ada.Servers.GetValueOrDefault(SecondName) is ["Grace"]);
    }

    [BrowserAndRedisFact]
    public async Task Redis_IsAwayForLongerThanJoiningWaits_TheWindowJoinsWhenItIsBack()
    {
        await _redis!.KillAsync();
        await using var ada = await ChatWindow.OpenAsync(_firstPort, Screen.Desktop);
        await ada.AnswerNameAsync("Ada");
        var patience = new RedisBackplaneOptions().PublishTimeout + Eventually.DefaultTimeout;
        await ada.ShowsAsync("says that it could not join", () => ada.Notes.Count > 0, patience);

        await _redis.StartAgainAsync();

        await ada.ConnectedAsync();
        Assert.Equal($"Server {_firstPort.ToString(CultureInfo.InvariantCulture)}", ada.ServerBadge);
    }

    private Task<ChatProcess> StartAsync(int port) => ChatProcess.StartAsync([port], "--redis", _redis!.EndPoint);
}
