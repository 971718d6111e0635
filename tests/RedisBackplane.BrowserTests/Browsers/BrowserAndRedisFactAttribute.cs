namespace RedisBackplane.BrowserTests.Browsers;

/// <summary>A test in a browser that also needs its own redis-server.</summary>
internal sealed class BrowserAndRedisFactAttribute : SkippableFactAttribute
{
    public BrowserAndRedisFactAttribute() => Skip = Chromium.SkipReason ?? TestRedisSource.ProcessSkipReason;
}
