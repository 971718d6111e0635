using System.Text.Json;

namespace RedisBackplane.BrowserTests.Chat;

/// <summary>A browser window with the chat's page, in the words of somebody who sits before it.</summary>
internal sealed class ChatWindow : IAsyncDisposable
{
    // What an element shows is asked for in one go: the page may replace it between two questions.
    private const string ReadMessages = """
        return JSON.stringify([...document.querySelectorAll('#message-list .message')].map(message => ({
          name: message.querySelector('.message-name').textContent,
          servers: [...message.querySelectorAll('.way .chip')].map(chip => chip.textContent).join('>'),
          text: message.querySelector('.bubble').textContent,
          pending: message.classList.contains('pending') })))
        """;

    private const string ReadServers = """
        return JSON.stringify([...document.querySelectorAll('#servers .server')].map(server => ({
          name: server.dataset.server,
          people: [...server.querySelectorAll('.person-name')].map(person => person.textContent) })))
        """;

    private const string SideOffset = "return String(Math.round(document.getElementById('side').getBoundingClientRect().left))";

    private static readonly JsonSerializerOptions AsWritten = new(JsonSerializerDefaults.Web);

    private readonly BrowserPage _page;

    private ChatWindow(BrowserPage page) => _page = page;

    /// <summary>connecting, connected, reconnecting or disconnected.</summary>
    public string State => Ask("return document.getElementById('state').dataset.state");

    public string StateText => Text("#state-text");

    public string ServerBadge => Text("#server-badge");

    public string Title => Text("#talk-title");

    public string Transport => Ask("return document.getElementById('state').title");

    public IReadOnlyList<ShownMessage> Messages => JsonSerializer.Deserialize<List<ShownMessage>>(Ask(ReadMessages), AsWritten)!;

    /// <summary>The last lines about who came and went.</summary>
    public IReadOnlyList<string> Notes => JsonSerializer.Deserialize<List<string>>(
        Ask("return JSON.stringify([...document.querySelectorAll('.note')].map(note => note.textContent))"))!;

    /// <summary>Who is on which server, as this window shows it.</summary>
    public IReadOnlyDictionary<string, string[]> Servers =>
        JsonSerializer.Deserialize<List<ShownServer>>(Ask(ReadServers), AsWritten)!
            .ToDictionary(server => server.Name, server => server.People);

    /// <summary>Opens a window on a server and joins.</summary>
    public static async Task<ChatWindow> JoinAsync(int port, string name, Screen? screen = null, string query = "")
    {
        var window = await OpenAsync(port, screen ?? Screen.Desktop, query);
        try
        {
            await window.AnswerNameAsync(name);
            await window.ConnectedAsync();
            return window;
        }
        catch
        {
            await window.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens a window on a server, and leaves the question for a name unanswered.</summary>
    public static async Task<ChatWindow> OpenAsync(int port, Screen screen, string query = "")
    {
        var page = await Chromium.OpenAsync(screen);
        await page.GoToAsync(string.Create(CultureInfo.InvariantCulture, $"http://localhost:{port}/{query}"));
        return new ChatWindow(page);
    }

    public async Task AnswerNameAsync(string name)
    {
        await ShowsAsync("asks for a name", () => Exists("#welcome[open]"));
        await WriteAsync("#name", name);
        await PressAsync(Key.Enter);
    }

    /// <summary>Waits until the page has joined: connected, and with everybody in the picture.</summary>
    public Task ConnectedAsync() =>
        ShowsAsync("is connected and has joined", () => State == "connected" && Servers.Values.Any(people => people.Length > 0));

    public async Task SayAsync(string text)
    {
        await WriteAsync("#text", text);
        await ShowsAsync("can send", () => Ask("return String(document.getElementById('send').disabled)") == "false");
        await PressAsync(Key.Enter);
    }

    public async Task EnterRoomAsync(string room)
    {
        await RevealSideAsync();
        await WriteAsync("#room-name", room);
        await PressAsync(Key.Enter);
    }

    public Task LeaveRoomAsync() => ClickAsync("#leave-room");

    /// <summary>Opens a conversation: all, room:NAME or person:ID.</summary>
    public async Task OpenTalkAsync(string key)
    {
        await RevealSideAsync();
        await ClickAsync($"[data-talk='{key}']");
    }

    public async Task OpenRoomOfOthersAsync(string room)
    {
        await RevealSideAsync();
        await ClickAsync($"[data-room='{room}']");
    }

    /// <summary>Opens the private conversation with the person in another window.</summary>
    public async Task OpenPersonAsync(ChatWindow other)
    {
        // By id, because a person of the same name may just have left.
        await other.ShowsAsync("shows its own person", () => other.OwnId.Length > 0);
        await RevealSideAsync();
        await ClickAsync($"[data-person='{other.OwnId}']");
    }

    /// <summary>The conversations of the list, with their unread messages: "Everyone", "# Tea (2)".</summary>
    public IReadOnlyList<string> Talks => JsonSerializer.Deserialize<List<string>>(Ask("""
        return JSON.stringify([...document.querySelectorAll('#talks .talk-row')].map(row => {
          const badge = row.querySelector('.badge');
          return row.querySelector('.talk-title').textContent + (badge ? ` (${parseInt(badge.textContent)})` : '');
        }))
        """))!;

    public bool Exists(string selector) => Ask($"return String({Element(selector)} !== null)") == "true";

    public bool IsShown(string selector) =>
        Ask($"return String({Element(selector)}?.checkVisibility({{ opacityProperty: true, visibilityProperty: true }}))") == "true";

    public string Text(string selector) => Ask($"return {Element(selector)}?.textContent ?? ''");

    /// <summary>Clicks where the element is seen, as soon as it is.</summary>
    public Task ClickAsync(string selector) => ShowsAsync($"has {selector} to click on", () => _page.ClickAsync(selector));

    /// <summary>Presses the mouse on an element, without letting it go.</summary>
    public Task HoldDownAsync(string selector) => ShowsAsync($"has {selector} to press on", () => _page.HoldDownAsync(selector));

    /// <summary>Lets the mouse go, where it is.</summary>
    public Task LetGoAsync() => _page.LetGoAsync();

    /// <summary>Goes to an element as with the Tab key.</summary>
    public void Focus(string selector) => Ask($"{Element(selector)}.focus()");

    /// <summary>Presses a key on whatever has the focus.</summary>
    public Task PressAsync(Key key) => _page.PressAsync(key);

    public Task ReloadAsync() => _page.ReloadAsync();

    /// <summary>On a phone the list of conversations has to be opened.</summary>
    public async Task RevealSideAsync()
    {
        if (IsShown("#open-side") && !Exists("#side.is-open"))
        {
            await ClickAsync("#open-side");
            await ShowsAsync("has the list in place", () => Ask(SideOffset) == "0");
        }
    }

    /// <summary>What the page's scripts reported: errors, and what the content policy refused.</summary>
    public IReadOnlyList<string> Problems => _page.Problems;

    /// <summary>Runs a script in the page and gives what it returns, as text.</summary>
    public string Ask(string script) => _page.Ask(script);

    /// <summary>Keeps a picture of the window, when nothing in it moves any more but what never rests.</summary>
    public async Task<string> KeepAsync(string screenshot)
    {
        const string Moving = """
            return String(document.getAnimations()
              .filter(one => one.playState === 'running' && one.effect.getTiming().iterations !== Infinity).length)
            """;
        await ShowsAsync("has come to rest", () => Ask(Moving) == "0");
        return await Screenshots.KeepAsync(_page, screenshot);
    }

    public Task UseAsync(Screen screen) => _page.UseAsync(screen);

    /// <summary>Waits for what the page is to show.</summary>
    public Task ShowsAsync(string what, Func<bool> condition, TimeSpan? timeout = null) =>
        ShowsAsync(what, () => Task.FromResult(condition()), timeout);

    /// <inheritdoc cref="BrowserPage.DisposeAsync"/>
    public ValueTask DisposeAsync() => _page.DisposeAsync();

    private static string Element(string selector) => $"document.querySelector({JsonSerializer.Serialize(selector)})";

    private async Task ShowsAsync(string what, Func<Task<bool>> condition, TimeSpan? timeout = null)
    {
        try
        {
            await _page.BecomesTrueAsync(condition, $"the window {what}", timeout ?? Eventually.DefaultTimeout);
        }
        catch (TimeoutException exception)
        {
            var shown = $"'{StateText}', {string.Join("; ", Talks)}; {string.Join("; ", Messages)}; notes: {string.Join("; ", Notes)}";
            throw new TimeoutException($"{exception.Message} It shows {shown}", exception);
        }
    }

    private Task WriteAsync(string field, string text) => ShowsAsync($"has {field} to write in", () => _page.WriteAsync(field, text));

    private string OwnId => Ask("return document.querySelector('#servers .person-note')?.closest('li').dataset.key ?? ''");

    private sealed record ShownServer(string Name, string[] People);
}

/// <summary>A message as a window shows it.</summary>
/// <param name="Name">Who said it, or "You".</param>
/// <param name="Servers">The server it came from, and the window's own if it is another: "5002>5001".</param>
/// <param name="Pending">Said here and not yet back from the backplane.</param>
internal sealed record ShownMessage(string Name, string Servers, string Text, bool Pending);
