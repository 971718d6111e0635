namespace RedisBackplane.BrowserTests.Chat;

/// <summary>Two windows on two servers.</summary>
public sealed class ChatPageTests(TwoServers servers) : IClassFixture<TwoServers>
{
    private const string RowOfAll = "[data-talk='all']";

    [BrowserFact]
    public async Task Message_TypedOnOneServer_AppearsOnTheOther()
    {
        await using var ada = await ChatWindow.JoinAsync(servers.First, "Ada");
        await using var grace = await ChatWindow.JoinAsync(servers.Second, "Grace");

        await ada.SayAsync("Hello from the first server");
        await grace.ShowsAsync("shows Ada's message", () => grace.Messages.Contains(FromFirst("Ada", "Hello from the first server")));
        await grace.SayAsync("Hello from the second");
        await ada.ShowsAsync("shows Grace's message", () => ada.Messages.Contains(FromSecond("Grace", "Hello from the second")));

        // My own message also comes back over the backplane, and only once.
        await ada.ShowsAsync("shows both messages", () => ada.Messages.Count == 2 && !ada.Messages.Any(message => message.Pending));
        Assert.Equal(new ShownMessage("You", servers.FirstName, "Hello from the first server", Pending: false), ada.Messages[0]);
        Assert.Equal($"Server {servers.FirstName}", ada.ServerBadge);
        Assert.Equal($"Server {servers.SecondName}", grace.ServerBadge);
        Assert.Empty(ada.Problems);
        Assert.Empty(grace.Problems);
    }

    [BrowserFact]
    public async Task Presence_TwoServers_ShowsWhoIsOnWhich()
    {
        await using var ada = await ChatWindow.JoinAsync(servers.First, "Ada");
        var grace = await ChatWindow.JoinAsync(servers.Second, "Grace");
        await using (grace)
        {
            await ada.ShowsAsync("shows Grace on the second server", () => ada.Servers.GetValueOrDefault(servers.SecondName) is ["Grace"]);
            await grace.ShowsAsync("shows Ada on the first server", () => grace.Servers.GetValueOrDefault(servers.FirstName) is ["Ada"]);
            await ada.ShowsAsync("says that Grace came", () => ada.Notes.Contains($"Grace joined on {servers.SecondName}"));
        }

        await ada.ShowsAsync(
            "shows that Grace left", () => ada.Servers.GetValueOrDefault(servers.SecondName) is [] && ada.Notes.Contains("Grace left"));
    }

    [BrowserFact]
    public async Task Room_AcrossServers_IsHeardOnlyInside()
    {
        await using var ada = await ChatWindow.JoinAsync(servers.First, "Ada");
        await using var grace = await ChatWindow.JoinAsync(servers.Second, "Grace");
        await using var alan = await ChatWindow.JoinAsync(servers.Second, "Alan");

        await ada.EnterRoomAsync("Tea");
        await ada.ShowsAsync("shows the room", () => ada.Title == "# Tea");
        await grace.ShowsAsync("shows Ada's room", () => grace.Talks.Contains("Tea"));
        await grace.OpenRoomOfOthersAsync("Tea");
        await grace.ShowsAsync("shows the room", () => grace.Title == "# Tea" && grace.Text("#talk-note") == "2 people in this room");

        await ada.SayAsync("Milk first?");
        await grace.ShowsAsync("shows Ada's message", () => grace.Messages.Contains(FromFirst("Ada", "Milk first?")));

        // Alan gets later messages to everybody, and no earlier messages of the room.
        await ada.OpenTalkAsync("all");
        await ada.SayAsync("To all of you");
        await alan.ShowsAsync("shows the public message", () => alan.Messages.Any(message => message.Text == "To all of you"));
        Assert.Single(alan.Messages);
        Assert.DoesNotContain(alan.Talks, talk => talk.Contains('(', StringComparison.Ordinal));

        await grace.LeaveRoomAsync();
        await ada.ShowsAsync("shows the room with one", () => ada.Talks.Contains("Tea"));
        await ada.OpenTalkAsync("room:Tea");
        await ada.ShowsAsync("is alone in the room", () => ada.Text("#talk-note") == "1 person in this room");
    }

    [BrowserFact]
    public Task Button_HeldDownWhileSomebodyComes_CountsAsClicked() =>
        AssertAnswersAsync(ada => ada.HoldDownAsync(RowOfAll), ada => ada.LetGoAsync());

    [BrowserTheory]
    [InlineData("Enter")]
    [InlineData("Space")]
    public Task Button_WithTheFocusWhileSomebodyComes_AnswersToTheKeyboard(string key) =>
        AssertAnswersAsync(
            ada =>
            {
                ada.Focus(RowOfAll);
                return Task.CompletedTask;
            },
            ada => ada.PressAsync(key == "Enter" ? Key.Enter : Key.Space));

    [BrowserFact]
    public async Task PrivateMessage_AcrossServers_ReachesOnePerson()
    {
        await using var ada = await ChatWindow.JoinAsync(servers.First, "Ada");
        await using var grace = await ChatWindow.JoinAsync(servers.Second, "Grace");
        await using var alan = await ChatWindow.JoinAsync(servers.Second, "Alan");

        // Nobody else arrives or leaves from here on: the list would move under the mouse.
        await ada.ShowsAsync("shows Alan and Grace", () => ada.Servers.GetValueOrDefault(servers.SecondName) is ["Alan", "Grace"]);
        await grace.ShowsAsync("shows Ada", () => grace.Servers.GetValueOrDefault(servers.FirstName) is ["Ada"]);
        await ada.OpenPersonAsync(grace);
        await ada.SayAsync("Only for you");
        await ada.ShowsAsync(
            "shows its own message, confirmed", () => ada.Messages is [{ Name: "You", Text: "Only for you", Pending: false }]);

        await grace.ShowsAsync("shows one unread message", () => grace.Talks.Contains("Ada (1)"));
        await grace.OpenPersonAsync(ada);
        Assert.Equal(FromFirst("Ada", "Only for you"), Assert.Single(grace.Messages));
        await grace.SayAsync("And for you");
        await ada.ShowsAsync("shows the answer", () => ada.Messages.Contains(FromSecond("Grace", "And for you")));

        await ada.OpenTalkAsync("all");
        await ada.SayAsync("To all of you");
        await alan.ShowsAsync("shows the public message", () => alan.Messages.Any(message => message.Text == "To all of you"));
        Assert.Single(alan.Messages);
        Assert.DoesNotContain("Ada", alan.Talks);
    }

    [BrowserFact]
    public async Task MarkupInNamesRoomsAndMessages_IsShownAsText()
    {
        const string Name = "<b id=hurt>Eve</b>";
        const string Room = "<i id=hurt>room</i>";
        const string Text = "<img id=hurt src=x onerror=\"document.title='hurt'\"><script id=hurt>document.title='hurt'</script>";
        await using var eve = await ChatWindow.JoinAsync(servers.First, Name);
        await using var ada = await ChatWindow.JoinAsync(servers.Second, "Ada");

        await eve.EnterRoomAsync(Room);
        await eve.ShowsAsync("shows the room", () => eve.Title == $"# {Room}");
        await eve.OpenTalkAsync("all");
        await eve.SayAsync(Text);

        await ada.ShowsAsync("shows Eve's message", () => ada.Messages.Contains(FromFirst(Name, Text)));
        await ada.ShowsAsync("shows the name", () => ada.Servers.GetValueOrDefault(servers.FirstName)?.Contains(Name) == true);
        await ada.ShowsAsync("shows Eve's room", () => ada.Talks.Contains(Room));
        Assert.False(ada.Exists("#hurt"));
        Assert.False(eve.Exists("#hurt"));
        Assert.DoesNotContain("hurt", ada.Ask("return document.title"), StringComparison.Ordinal);
    }

    [BrowserTheory]
    [InlineData("webSockets", "Connected over WebSockets")]
    [InlineData("serverSentEvents", "Connected over server-sent events")]
    [InlineData("longPolling", "Connected over long polling")]
    public async Task Message_OverEachTransport_CrossesServers(string transport, string shown)
    {
        await using var ada = await ChatWindow.JoinAsync(servers.First, "Ada", query: $"?transport={transport}");
        await using var grace = await ChatWindow.JoinAsync(servers.Second, "Grace", query: $"?transport={transport}");
        Assert.Equal(shown, ada.Transport);

        await ada.SayAsync("One way");
        await grace.ShowsAsync("shows Ada's message", () => grace.Messages.Any(message => message is { Name: "Ada", Text: "One way" }));
        await grace.SayAsync("And back");
        await ada.ShowsAsync("shows Grace's message", () => ada.Messages.Any(message => message is { Name: "Grace", Text: "And back" }));
    }

    [BrowserFact]
    public async Task Reload_KeepsNameAndRooms()
    {
        await using var ada = await ChatWindow.JoinAsync(servers.First, "Ada");
        await using var grace = await ChatWindow.JoinAsync(servers.Second, "Grace");
        await grace.EnterRoomAsync("Tea");
        await ada.ShowsAsync("shows Grace's room", () => ada.Talks.Contains("Tea"));

        await grace.ReloadAsync();
        await grace.ConnectedAsync();
        await grace.ShowsAsync("is in the room again", () => grace.Exists("[data-talk='room:Tea']"));
        await ada.ShowsAsync("shows Grace", () => ada.Servers.GetValueOrDefault(servers.SecondName) is ["Grace"]);
        await ada.EnterRoomAsync("Tea");
        await ada.ShowsAsync("shows the room", () => ada.Title == "# Tea");
        await ada.SayAsync("Still there?");
        await grace.ShowsAsync("shows an unread message", () => grace.Talks.Contains("Tea (1)"));
    }

    /// <summary>Spans an arrival. The row is one that the arrival changes, because it counts everybody.</summary>
    private async Task AssertAnswersAsync(Func<ChatWindow, Task> begin, Func<ChatWindow, Task> end)
    {
        await using var ada = await ChatWindow.JoinAsync(servers.First, "Ada");
        await ada.EnterRoomAsync("Tea");
        await ada.ShowsAsync("shows the room", () => ada.Title == "# Tea");

        await begin(ada);
        await using var grace = await ChatWindow.JoinAsync(servers.Second, "Grace");
        await ada.ShowsAsync("shows Grace", () => ada.Servers.GetValueOrDefault(servers.SecondName) is ["Grace"]);
        Assert.Equal("# Tea", ada.Title);
        await end(ada);

        await ada.ShowsAsync("shows what everybody says", () => ada.Title == "Everyone");
    }

    private ShownMessage FromFirst(string name, string text) =>
        new(name, $"{servers.FirstName}>{servers.SecondName}", text, Pending: false);

    private ShownMessage FromSecond(string name, string text) =>
        new(name, $"{servers.SecondName}>{servers.FirstName}", text, Pending: false);
}
