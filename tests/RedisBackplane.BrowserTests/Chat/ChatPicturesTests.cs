namespace RedisBackplane.BrowserTests.Chat;

/// <summary>What the page looks like, kept as pictures; what can be told without eyes is asserted.</summary>
public sealed class ChatPicturesTests(TwoServersOnUsualPorts servers) : IClassFixture<TwoServersOnUsualPorts>
{
    [BrowserFact]
    public async Task TwoWindows_OnADesk_AreKeptAsPictures()
    {
        await using var ada = await ChatWindow.JoinAsync(servers.First, "Ada");
        await using var grace = await ChatWindow.JoinAsync(servers.Second, "Grace");
        await using var alan = await ChatWindow.JoinAsync(servers.Second, "Alan");
        await ada.KeepAsync("desktop-empty");

        await ConverseAsync(ada, grace, alan);
        foreach (var (mode, colour) in new[] { ("light", "#dfe4e6"), ("dark", "#05080a") })
        {
            var screen = mode == "dark" ? Screen.Desktop.InTheDark : Screen.Desktop;
            await ada.UseAsync(screen);
            await grace.UseAsync(screen);
            var first = await ada.KeepAsync($"desktop-{mode}-first");
            var second = await grace.KeepAsync($"desktop-{mode}-second");
            await Screenshots.KeepSideBySideAsync($"two-windows-{mode}", colour, first, second);
        }

        await ada.UseAsync(Screen.Desktop);
        await ada.OpenTalkAsync("room:Tea");
        await ada.ShowsAsync("shows the room", () => ada.Title == "# Tea");
        await ada.KeepAsync("desktop-room");
        await ada.OpenPersonAsync(grace);
        await ada.SayAsync("A word between the two of us?");
        await ada.ShowsAsync("shows its own message, confirmed", () => ada.Messages is [{ Pending: false }]);
        await ada.KeepAsync("desktop-private");
    }

    [BrowserFact]
    public async Task Phone_NothingIsWiderThanTheScreen()
    {
        await using var asking = await ChatWindow.OpenAsync(servers.First, Screen.Phone);
        await asking.ShowsAsync("asks for a name", () => asking.Exists("#welcome[open]"));
        await asking.KeepAsync("phone-welcome");

        await using var ada = await ChatWindow.JoinAsync(servers.First, "Ada", Screen.Phone);
        await using var grace = await ChatWindow.JoinAsync(servers.Second, "Grace");
        await using var alan = await ChatWindow.JoinAsync(servers.Second, "Alan");
        await ConverseAsync(ada, grace, alan);
        foreach (var mode in new[] { "light", "dark" })
        {
            await ada.UseAsync(mode == "dark" ? Screen.Phone.InTheDark : Screen.Phone);
            await ada.KeepAsync($"phone-{mode}");
            AssertFits(ada);
            await ada.RevealSideAsync();
            await ada.KeepAsync($"phone-{mode}-list");
            AssertFits(ada);
            await ada.ClickAsync("#close-side");
        }

        await ada.SayAsync(new string('w', 300));
        await ada.ShowsAsync("shows the long word", () => ada.Messages.Any(message => message.Text.Length == 300 && !message.Pending));
        await ada.UseAsync(Screen.Phone with { Width = 320, Height = 568 });
        await ada.KeepAsync("phone-small");
        AssertFits(ada);
    }

    private static async Task ConverseAsync(ChatWindow ada, ChatWindow grace, ChatWindow alan)
    {
        await ada.EnterRoomAsync("Tea");
        await ada.ShowsAsync("shows the room", () => ada.Title == "# Tea");
        await alan.ShowsAsync("shows Ada's room", () => alan.Talks.Contains("Tea"));
        await alan.OpenRoomOfOthersAsync("Tea");
        await alan.ShowsAsync("shows the room", () => alan.Title == "# Tea");
        await alan.SayAsync("Milk first, or tea first?");
        await ada.ShowsAsync("shows Alan's message", () => ada.Messages.Count == 1);
        await ada.SayAsync("Tea first. Always.");
        await alan.ShowsAsync("shows Ada's answer", () => alan.Messages.Count == 2);
        await ada.OpenTalkAsync("all");

        (ChatWindow Who, string Text)[] talk =
        [
            (ada, "Hello! I am on the first server. Does anybody hear me?"),
            (grace, "Loud and clear, on the second one."),
            (grace, "So every word of yours went through Redis to get here."),
            (ada, "And yours came back the same way."),
            (alan, "I share Grace's server, and see the two of you just the same."),
            (ada, "Then it is one chat, on as many servers as we like."),
            (alan, "Which is all that a backplane is for. 1 + 1 = 1."),
        ];
        var said = 0;
        foreach (var (who, text) in talk)
        {
            if (who == alan && alan.Title != "Everyone")
            {
                await alan.OpenTalkAsync("all");
            }

            await who.SayAsync(text);
            said++;
            await ada.ShowsAsync($"shows '{text}'", () => ada.Messages.Count(message => !message.Pending) == said);
            await grace.ShowsAsync($"shows '{text}'", () => grace.Messages.Count(message => !message.Pending) == said);
        }

        // Something to read in the other conversation.
        await alan.OpenTalkAsync("room:Tea");
        await alan.SayAsync("The kettle is on.");
        await ada.ShowsAsync("has an unread message", () => ada.Talks.Contains("Tea (1)"));
    }

    private static void AssertFits(ChatWindow window)
    {
        const string Widest = """
            const wide = [...document.querySelectorAll('.talk *, .side.is-open *')]
              .filter(element => element.getClientRects().length > 0 && element.getBoundingClientRect().right > innerWidth + 1);
            return wide.map(element => element.className || element.tagName).join(', ')
              + (document.documentElement.scrollWidth > innerWidth ? ' page' : '');
            """;
        Assert.Equal(string.Empty, window.Ask(Widest));
    }
}
