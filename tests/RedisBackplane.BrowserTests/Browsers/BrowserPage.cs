using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace RedisBackplane.BrowserTests.Browsers;

/// <summary>A page in its own window and browser context, with the actions and the view of a user.</summary>
internal sealed class BrowserPage : IAsyncDisposable
{
    private const string Left = "left";
    private const string Changed = "browserPageChanged";

    // Reports every change of the page; several changes at the same time are reported once.
    private const string TellChanges = $$"""
        new MutationObserver(() => {{Changed}}('')).observe(
          document, { subtree: true, childList: true, attributes: true, characterData: true });
        """;

    // How often the page is checked for movement without a change, such as an animation.
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(200);

    private readonly DevTools _tools;
    private readonly string _context;
    private readonly string _session;
    private readonly ConcurrentQueue<string> _problems = new();
    private volatile TaskCompletionSource _loaded = new();
    private volatile TaskCompletionSource _changed = new();
    private JsonElement _pressed;

    private BrowserPage(DevTools tools, string context, string session)
    {
        (_tools, _context, _session) = (tools, context, session);
        tools.Listen(session, OnEvent);
    }

    /// <summary>What the page's scripts and the browser reported: errors, violations of the content policy.</summary>
    public IReadOnlyList<string> Problems => [.. _problems];

    public static async Task<BrowserPage> OpenAsync(DevTools tools, Screen screen)
    {
        var context = TextOf(await tools.SendAsync("Target.createBrowserContext"), "browserContextId");
        var target = TextOf(
            await tools.SendAsync(
                "Target.createTarget",
                new() { ["url"] = "about:blank", ["browserContextId"] = context, ["newWindow"] = true }),
            "targetId");
        var session = TextOf(
            await tools.SendAsync("Target.attachToTarget", new() { ["targetId"] = target, ["flatten"] = true }), "sessionId");
        var page = new BrowserPage(tools, context, session);
        await page.SendAsync("Page.enable");
        await page.SendAsync("Log.enable");
        await page.SendAsync("Runtime.enable");
        await page.SendAsync("Runtime.addBinding", new() { ["name"] = Changed });
        await page.SendAsync("Page.addScriptToEvaluateOnNewDocument", new() { ["source"] = TellChanges });
        await page.SendAsync("Emulation.setFocusEmulationEnabled", new() { ["enabled"] = true });
        await page.UseAsync(screen);
        return page;
    }

    public Task GoToAsync(string address) => LoadAsync("Page.navigate", new() { ["url"] = address });

    public Task ReloadAsync() => LoadAsync("Page.reload", []);

    public async Task UseAsync(Screen screen)
    {
        await SendAsync("Emulation.setDeviceMetricsOverride", new()
        {
            ["width"] = screen.Width,
            ["height"] = screen.Height,
            ["deviceScaleFactor"] = screen.Scale,
            ["mobile"] = screen.Touch,
        });
        await SendAsync("Emulation.setTouchEmulationEnabled", new() { ["enabled"] = screen.Touch });
        await SendAsync("Emulation.setEmulatedMedia", new()
        {
            ["features"] = new JsonArray(
                new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = screen.Dark ? "dark" : "light" }),
        });
    }

    /// <summary>Checks the page, and again whenever it changes, until a condition holds.</summary>
    /// <exception cref="TimeoutException">The condition did not hold in time.</exception>
    public async Task BecomesTrueAsync(Func<Task<bool>> condition, string what, TimeSpan timeout)
    {
        var begun = Stopwatch.GetTimestamp();
        while (true)
        {
            // Taken before the check, so that a change in the meantime is not missed.
            var changes = _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            if (await condition())
            {
                return;
            }

            if (Stopwatch.GetElapsedTime(begun) > timeout)
            {
                throw new TimeoutException($"Not within {timeout.TotalSeconds:0.#} s: {what}.");
            }

            await Task.WhenAny(changes.Task, Task.Delay(LookInterval));
        }
    }

    /// <summary>Runs a script in the page and gives what it returns, as text.</summary>
    public string Ask(string script) => Task.Run(() => AskAsync(script)).GetAwaiter().GetResult();

    /// <summary>Clicks on a visible element.</summary>
    /// <returns>Whether it exists, and nothing covers it.</returns>
    public async Task<bool> ClickAsync(string selector) => await HoldDownAsync(selector) && await LetGoAsync();

    /// <summary>Presses the mouse on an element, without releasing it.</summary>
    /// <returns>Whether it exists, and nothing covers it.</returns>
    public async Task<bool> HoldDownAsync(string selector)
    {
        const string FindMiddle = """
            const element = document.querySelector(SELECTOR);
            element?.scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: 'instant' });
            const box = element?.getBoundingClientRect();
            const middle = box && { x: box.x + box.width / 2, y: box.y + box.height / 2 };
            const seen = middle && document.elementFromPoint(middle.x, middle.y);
            return seen && element.contains(seen) ? JSON.stringify(middle) : '';
            """;
        var middle = await AskAsync(FindMiddle.Replace("SELECTOR", JsonSerializer.Serialize(selector), StringComparison.Ordinal));
        if (middle.Length == 0)
        {
            return false;
        }

        _pressed = JsonSerializer.Deserialize<JsonElement>(middle);
        await MouseAsync("mouseMoved", "none");
        await MouseAsync("mousePressed", Left);
        return true;
    }

    /// <summary>Releases the mouse at its position.</summary>
    public async Task<bool> LetGoAsync()
    {
        await MouseAsync("mouseReleased", Left);
        return true;
    }

    /// <summary>Replaces the text of a field.</summary>
    /// <returns>Whether the field exists and can be edited.</returns>
    public async Task<bool> WriteAsync(string selector, string text)
    {
        const string Focus = """
            const field = document.querySelector(SELECTOR);
            field?.focus();
            field?.select();
            return String(field !== null && document.activeElement === field);
            """;
        if (await AskAsync(Focus.Replace("SELECTOR", JsonSerializer.Serialize(selector), StringComparison.Ordinal)) != "true")
        {
            return false;
        }

        await SendAsync("Input.insertText", new() { ["text"] = text });
        return true;
    }

    /// <summary>Presses a key on the element with the focus.</summary>
    public async Task PressAsync(Key key)
    {
        foreach (var type in (string[])["keyDown", "keyUp"])
        {
            await SendAsync("Input.dispatchKeyEvent", new()
            {
                ["type"] = type,
                ["key"] = key.Name,
                ["code"] = key.Code,
                ["text"] = type == "keyDown" ? key.Text : string.Empty,
                ["windowsVirtualKeyCode"] = key.Number,
            });
        }
    }

    public async Task<byte[]> TakePictureAsync() =>
        (await SendAsync("Page.captureScreenshot", new() { ["format"] = "png" })).GetProperty("data").GetBytesFromBase64();

    /// <summary>Closes the window as a user does, so the page may say goodbye.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await GoToAsync("about:blank");
        }
        finally
        {
            _tools.StopListening(_session);
            await _tools.SendAsync("Target.disposeBrowserContext", new() { ["browserContextId"] = _context });
        }
    }

    private static string TextOf(JsonElement result, string property) => result.GetProperty(property).GetString()!;

    private async Task<string> AskAsync(string script)
    {
        var answer = await SendAsync(
            "Runtime.evaluate", new() { ["expression"] = $"(() => {{ {script}\n }})()", ["returnByValue"] = true });
        if (answer.TryGetProperty("exceptionDetails", out var exception))
        {
            throw new InvalidOperationException($"The page threw: {exception}");
        }

        return answer.GetProperty("result").TryGetProperty("value", out var value) ? value.ToString() : string.Empty;
    }

    private async Task LoadAsync(string method, JsonObject parameters)
    {
        var loaded = _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await SendAsync(method, parameters);
        await TestInfrastructure.Eventually.CompletesAsync(loaded.Task, "the page is loaded");
    }

    private Task<JsonElement> MouseAsync(string type, string button) => SendAsync("Input.dispatchMouseEvent", new()
    {
        ["type"] = type,
        ["x"] = _pressed.GetProperty("x").GetDouble(),
        ["y"] = _pressed.GetProperty("y").GetDouble(),
        ["button"] = button,
        ["buttons"] = type == "mousePressed" ? 1 : 0,
        ["clickCount"] = button == Left ? 1 : 0,
    });

    private void OnEvent(string method, JsonElement parameters)
    {
        switch (method)
        {
            case "Page.loadEventFired":
                _loaded.TrySetResult();
                break;
            case "Runtime.bindingCalled":
                _changed.TrySetResult();
                break;
            case "Log.entryAdded" when parameters.GetProperty("entry") is var entry && TextOf(entry, "level") is "warning" or "error":
                _problems.Enqueue(TextOf(entry, "text"));
                break;
            case "Runtime.consoleAPICalled" when TextOf(parameters, "type") is "warning" or "error":
                _problems.Enqueue(parameters.GetProperty("args").ToString());
                break;
            case "Runtime.exceptionThrown":
                _problems.Enqueue(parameters.GetProperty("exceptionDetails").ToString());
                break;
        }
    }

    private Task<JsonElement> SendAsync(string method, JsonObject? parameters = null) => _tools.SendAsync(method, parameters, _session);
}

/// <summary>A key of the keyboard.</summary>
internal sealed record Key(string Name, string Code, string Text, int Number)
{
    public static readonly Key Enter = new("Enter", "Enter", "\r", 13);
    public static readonly Key Space = new(" ", "Space", " ", 32);
}
