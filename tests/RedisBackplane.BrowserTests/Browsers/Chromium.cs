using OpenQA.Selenium.Chrome;

namespace RedisBackplane.BrowserTests.Browsers;

/// <summary>The browser on this machine and its driver; none is downloaded.</summary>
internal static class Chromium
{
    /// <summary>Environment variable with the path of the browser.</summary>
    public const string BrowserVariable = "REDIS_BACKPLANE_BROWSER";

    /// <summary>Environment variable with the path of the browser's driver.</summary>
    public const string DriverVariable = "REDIS_BACKPLANE_BROWSER_DRIVER";

    /// <summary>Environment variable that, set to 1, makes tests fail rather than skip where there is no browser.</summary>
    public const string RequiredVariable = "REDIS_BACKPLANE_REQUIRE_BROWSER";

    private static readonly string? Browser =
        Find(BrowserVariable, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome");

    private static readonly string? Driver = Find(DriverVariable, "chromedriver");

    /// <summary>Why tests that need a browser are skipped; null when they run (and then fail if one is required and missing).</summary>
    public static string? SkipReason => Environment.GetEnvironmentVariable(RequiredVariable) == "1" ? null : Missing;

    private static string? Missing => Browser is null
        ? $"No browser: there is no chromium on PATH, and {BrowserVariable} does not name one."
        : Driver is null
            ? $"No browser driver: there is no chromedriver on PATH, and {DriverVariable} does not name one."
            : null;

    /// <summary>Opens a window of its own, which shares nothing with others.</summary>
    /// <exception cref="InvalidOperationException">There is no browser; tests get here only where one is required.</exception>
    public static ChromeDriver Open(Screen screen)
    {
        if (Missing is { } missing)
        {
            throw new InvalidOperationException($"A browser is required ({RequiredVariable}=1). {missing}");
        }

        var options = new ChromeOptions { BinaryLocation = Browser };
        options.AddArguments(
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
            "--hide-scrollbars", "--disable-background-networking", "--disable-component-update", "--disable-sync");
        var driver = new ChromeDriver(ChromeDriverService.CreateDefaultService(Driver), options, TimeSpan.FromSeconds(60));
        try
        {
            screen.ApplyTo(driver);
            return driver;
        }
        catch
        {
            driver.Dispose();
            throw;
        }
    }

    private static string? Find(string variable, params string[] names)
    {
        if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } named)
        {
            return File.Exists(named) ? named : null;
        }

        var extension = OperatingSystem.IsWindows() ? ".exe" : string.Empty;
        return (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(folder => names.Select(name => Path.Combine(folder, name + extension)))
            .FirstOrDefault(File.Exists);
    }
}
