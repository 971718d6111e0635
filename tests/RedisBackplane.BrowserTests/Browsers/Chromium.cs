using System.Diagnostics;

namespace RedisBackplane.BrowserTests.Browsers;

/// <summary>
/// The browser of this machine; none is downloaded. All tests of a process share one, which is started when the first
/// of them needs it and ends with the process. Every page has its own browser context, and so shares no storage,
/// cookies or cache with other pages.
/// </summary>
internal static class Chromium
{
    /// <summary>Environment variable with the path of the browser.</summary>
    public const string BrowserVariable = "REDIS_BACKPLANE_BROWSER";

    /// <summary>Environment variable that, set to 1, makes tests fail and not be skipped without a browser.</summary>
    public const string RequiredVariable = "REDIS_BACKPLANE_REQUIRE_BROWSER";

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    // The headless shell comes first: the same engine without the windows of a desktop, for half the CPU time.
    private static readonly string? Browser = Find(
        BrowserVariable, "chromium-headless-shell", "chrome-headless-shell",
        "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome");

    private static readonly Lazy<Task<DevTools>> Started = new(StartAsync);

    // If the guard were collected, it would end the browser.
    private static readonly List<object> KeptAlive = [];

    /// <summary>Why browser tests are skipped; null if they run (and fail if a required one is missing).</summary>
    public static string? SkipReason => Environment.GetEnvironmentVariable(RequiredVariable) == "1" ? null : Missing;

    private static string? Missing =>
        Browser is null ? $"No browser: there is no chromium on PATH, and {BrowserVariable} does not name one." : null;

    /// <summary>Opens a page that shares nothing with others.</summary>
    /// <exception cref="InvalidOperationException">
    /// There is no browser; tests get here only if one is required.
    /// </exception>
    public static async Task<BrowserPage> OpenAsync(Screen screen) => await BrowserPage.OpenAsync(await Started.Value, screen);

    private static async Task<DevTools> StartAsync()
    {
        if (Missing is { } missing)
        {
            throw new InvalidOperationException($"A browser is required ({RequiredVariable}=1). {missing}");
        }

        var folder = Directory.CreateTempSubdirectory("redisbackplane-browser-").FullName;
        var start = new ProcessStartInfo(
            Browser!,
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
                "--hide-scrollbars", "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--disable-extensions", "--disable-default-apps", "--mute-audio",
                // A page has its own context, so no page would ever use the process that waits for the next one.
                "--disable-features=SpareRendererForSitePerProcess",
                // Every window behaves like the one in the foreground.
                "--disable-background-timer-throttling", "--disable-backgrounding-occluded-windows", "--disable-renderer-backgrounding",
                $"--user-data-dir={folder}", "--remote-debugging-port=0", "about:blank",
            ])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        var address = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        var process = new Process { StartInfo = start };
        process.ErrorDataReceived += (_, line) =>
        {
            const string Listening = "DevTools listening on ";
            if (line.Data?.StartsWith(Listening, StringComparison.Ordinal) == true)
            {
                address.TrySetResult(new Uri(line.Data[Listening.Length..]));
            }
        };
        process.Start();
        EndWithThisProcess(process, folder);
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        var tools = await DevTools.ConnectAsync(await Eventually.CompletesAsync(address.Task, "the browser is up", StartTimeout));
        // On some distributions the command is a script, and the browser is its child.
        var processes = await tools.SendAsync("SystemInfo.getProcessInfo");
        var browser = processes.GetProperty("processInfo").EnumerateArray()
            .Single(info => info.GetProperty("type").GetString() == "browser");
        WriteId(folder, browser.GetProperty("id").GetInt32());
        return tools;
    }

    private static void WriteId(string folder, int id) => File.WriteAllText(Path.Combine(folder, "pid"), $"{id}");

    private static void EndWithThisProcess(Process process, string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            AppDomain.CurrentDomain.ProcessExit += (_, _) => process.Kill(entireProcessTree: true);
        }
        else
        {
            WriteId(folder, process.Id);
            KeptAlive.AddRange([process, ProcessGuard.Start(folder, port: 0)]);
        }
    }

    private static string? Find(string variable, params string[] names)
    {
        if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } named)
        {
            return File.Exists(named) ? named : null;
        }

        var extension = OperatingSystem.IsWindows() ? ".exe" : string.Empty;
        return Programs.Find([.. names.Select(name => name + extension)]);
    }
}
