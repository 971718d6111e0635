namespace RedisBackplane.BrowserTests.JavaScript;

/// <summary>
/// The JavaScript clients of classic SignalR, as npm has them, see the same with the own parts and with SignalR's. The
/// forever frame is missing: the clients use it only in Internet Explorer.
/// </summary>
public sealed class JavaScriptClientTests(ScriptedHosts hosts) : IClassFixture<ScriptedHosts>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [BrowserTheory, EachClient]
    public async Task Client_OfEachVersionAndTransport_SeesWhatSignalRPromises(string version, string transport, bool stock)
    {
        Skip.IfNot(EachClientAttribute.AreInstalled, "npm did not install the JavaScript clients.");
        await using var proxy = TcpProxy.Start("127.0.0.1", await hosts.GetAsync(stock));
        await using var page = await Chromium.OpenAsync(Screen.Desktop);
        var group = Guid.NewGuid().ToString("N");
        await page.GoToAsync($"http://{proxy.EndPoint}/client.html?version={version}&transport={transport}&group={group}");

        await BecomesAsync(page, "cut");

        // A poll may just be over, and nobody notices a cut between two polls.
        await page.BecomesTrueAsync(() => Task.FromResult(CutUnlessReconnecting(page, proxy)), "the page reconnects", Limit);
        await BecomesAsync(page, "done");

        Assert.Equal(
            [
                $"started {transport}",
                "result Hello Ada",
                """error told {"code":7} HubException""",
                "progress 1",
                "progress 2",
                "progress 3",
                "result 3",
                "state 42",
                "broadcast",
                "group",
                "reconnecting",
                "reconnected",
                "group after the cut",
                "disconnected",
            ],
            Seen(page).Split('\n'));
    }

    // A page that failed is done too, and says why in its list.
    private static Task BecomesAsync(BrowserPage page, string step) => page.BecomesTrueAsync(
        () => Task.FromResult(page.Ask("return document.title") is var title && (title == step || title == "done")),
        $"the page is at '{step}'",
        Limit);

    private static bool CutUnlessReconnecting(BrowserPage page, TcpProxy proxy)
    {
        if (Seen(page).Contains("reconnecting", StringComparison.Ordinal))
        {
            return true;
        }

        proxy.CutAll();
        return false;
    }

    private static string Seen(BrowserPage page) =>
        page.Ask("return [...document.querySelectorAll('li')].map(item => item.textContent).join('\\n')");
}
