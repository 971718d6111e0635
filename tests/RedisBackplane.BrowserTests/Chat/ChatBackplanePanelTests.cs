using System.Diagnostics;
using System.Net.Http.Json;
using global::Chat.Backplane;
using global::Chat.Presence;

namespace RedisBackplane.BrowserTests.Chat;

/// <summary>What the sample invites to: stop Redis, say something, watch nothing get lost. Keeps pictures.</summary>
public sealed class ChatBackplanePanelTests
{
    // Longer than from one server's heartbeat to the other's, and far shorter than to the next one.
    private static readonly TimeSpan Quiet = PresenceService.Heartbeat / 5;

    private static readonly string[] Said = ["Is Redis still there?", "It is not.", "Let us see what becomes of this."];

    [BrowserAndRedisFact]
    public async Task Redis_IsKilledAndStartedAgain_ThePanelShowsItAndNothingIsLost()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        int[] ports = [LoopbackPort.PickFree(), LoopbackPort.PickFree()];
        await using var chat = await ChatProcess.StartAsync(ports, "--redis", redis.EndPoint);
        Assert.Contains("CLIENT PAUSE", chat.Output);
        await using var ada = await ChatWindow.JoinAsync(ports[0], "Ada");
        await using var grace = await ChatWindow.JoinAsync(ports[1], "Grace");
        await ada.SayAsync("Hello, Grace.");
        await grace.ShowsAsync("shows Ada's message", () => grace.Messages.Count == 1);
        await ada.ShowsAsync("shows that Redis is there", () => Redis(ada) == "there" && Number(ada, "#backplane-ids") > 0);
        await ada.ShowsAsync("shows how long it took", () => ada.Text("#backplane-stored").EndsWith(" ms", StringComparison.Ordinal));
        await ada.ShowsAsync(
            "shows how long there and back took", () => ada.Text("#backplane-there-and-back").EndsWith(" ms", StringComparison.Ordinal));
        Assert.False(ada.IsShown("#stop-redis"));
        await KeepAsync("backplane-1-before", ada, grace);

        await WhenAllIsHeardAsync(ports, ada, grace);
        await redis.KillAsync();
        await ada.ShowsAsync("shows that Redis is away", () => Redis(ada) == "away");
        foreach (var text in Said)
        {
            await ada.SayAsync(text);
        }

        await ada.ShowsAsync("shows what waits", () => Number(ada, "#backplane-waiting") >= Said.Length);
        Assert.All(ada.Messages.Skip(1), message => Assert.True(message.Pending));
        Assert.Single(grace.Messages);
        await KeepAsync("backplane-2-during", ada, grace);

        await redis.StartAgainAsync();
        await ada.ShowsAsync(
            "shows that Redis is back and nothing waits", () => Redis(ada) == "there" && Number(ada, "#backplane-waiting") == 0);
        await grace.ShowsAsync("shows all that was said", () => grace.Messages.Count >= 1 + Said.Length);
        Assert.Equal(Said, grace.Messages.Skip(1).Select(message => message.Text));
        await ada.ShowsAsync("shows its own messages, confirmed", () => ada.Messages.All(message => !message.Pending));
        Assert.Equal(0, Number(ada, "#backplane-lost"));

        // A screen reader speaks the first text whenever it changes.
        Assert.Equal("Redis is back", ada.Text("#backplane-state"));
        Assert.Equal("status", ada.Ask("return document.getElementById('backplane-state').getAttribute('role')"));
        Assert.StartsWith("for ", ada.Text("#backplane-since"), StringComparison.Ordinal);
        Assert.Equal("null", ada.Ask("return String(document.getElementById('backplane-since').closest('[role=status]'))"));
        await KeepAsync("backplane-3-after", ada, grace);
    }

    [BrowserFact]
    public async Task EmbeddedRedis_IsStoppedByThePage_ComesBackByItselfAndNothingIsLost()
    {
        int[] ports = [LoopbackPort.PickFree(), LoopbackPort.PickFree()];
        await using var chat = await ChatProcess.StartAsync(ports, "--embedded");
        Assert.Contains("Stop Redis", chat.Output);
        await using var ada = await ChatWindow.JoinAsync(ports[0], "Ada");
        await using var grace = await ChatWindow.JoinAsync(ports[1], "Grace");
        await ada.ShowsAsync("offers to stop Redis", () => ada.IsShown("#stop-redis"));

        await WhenAllIsHeardAsync(ports, ada, grace);
        await ada.ClickAsync("#stop-redis");
        await ada.ShowsAsync("shows that Redis is away", () => Redis(ada) == "away");
        await ada.SayAsync("Said while Redis is away");
        await ada.ShowsAsync("shows its own message, faint", () => ada.Messages is [{ Pending: true }]);

        await grace.ShowsAsync("shows Ada's message", () => grace.Messages is [{ Name: "Ada", Text: "Said while Redis is away" }]);
        await ada.ShowsAsync("shows that Redis is back", () => Redis(ada) == "there" && ada.Messages is [{ Pending: false }]);
        Assert.Equal(0, Number(ada, "#backplane-lost"));
    }

    /// <summary>
    /// Waits until both servers have heard whatever was said, right after a heartbeat, so that nothing is said for the
    /// next seconds: what a server has not heard when Redis loses its memory, it reports as lost.
    /// </summary>
    private static async Task WhenAllIsHeardAsync(int[] ports, ChatWindow ada, ChatWindow grace)
    {
        var names = Array.ConvertAll(ports, port => port.ToString(CultureInfo.InvariantCulture));
        await ada.ShowsAsync("shows Grace", () => ada.Servers.GetValueOrDefault(names[1]) is ["Grace"]);
        await grace.ShowsAsync("shows Ada", () => grace.Servers.GetValueOrDefault(names[0]) is ["Ada"]);

        using var client = new HttpClient();
        var ids = await WhenQuietAsync(client, ports);
        await Eventually.BecomesTrueAsync(async () => await LastIdsAsync(client, ports[0]) != ids, "a server tells that it is there");
        await WhenQuietAsync(client, ports);
    }

    /// <summary>Waits until both servers have heard the same, and nothing more came for a while.</summary>
    private static async Task<string> WhenQuietAsync(HttpClient client, int[] ports)
    {
        var (ids, since) = (string.Empty, Stopwatch.GetTimestamp());
        await Eventually.BecomesTrueAsync(
            async () =>
            {
                var now = await LastIdsAsync(client, ports[0]);
                if (now != ids || now != await LastIdsAsync(client, ports[1]))
                {
                    (ids, since) = (now, Stopwatch.GetTimestamp());
                }

                return Stopwatch.GetElapsedTime(since) > Quiet;
            },
            "both servers have heard the same");
        return ids;
    }

    private static async Task<string> LastIdsAsync(HttpClient client, int port)
    {
        var view = await client.GetFromJsonAsync<BackplaneView>(
            string.Create(CultureInfo.InvariantCulture, $"http://localhost:{port}/backplane"));
        return string.Join(',', view!.LastIds);
    }

    private static string Redis(ChatWindow window) => window.Ask("return document.getElementById('backplane').dataset.redis");

    private static long Number(ChatWindow window, string selector) =>
        long.TryParse(window.Text(selector), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;

    private static async Task KeepAsync(string name, ChatWindow ada, ChatWindow grace)
    {
        var first = await ada.KeepAsync(name + "-first");
        var second = await grace.KeepAsync(name + "-second");
        await Screenshots.KeepSideBySideAsync(name, "#dfe4e6", first, second);
    }
}
