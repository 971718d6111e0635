namespace RedisBackplane.BrowserTests.Browsers;

/// <summary>A test in a browser. It is skipped with the reason if there is none and none is required.</summary>
internal sealed class BrowserFactAttribute : SkippableFactAttribute
{
    public BrowserFactAttribute() => Skip = Chromium.SkipReason;
}

/// <inheritdoc cref="BrowserFactAttribute"/>
internal sealed class BrowserTheoryAttribute : SkippableTheoryAttribute
{
    public BrowserTheoryAttribute() => Skip = Chromium.SkipReason;
}
