using RedisBackplane.TestInfrastructure;

namespace RedisBackplane.BrowserTests.Browsers;

/// <summary>A test in a browser that needs a redis-server of its own, too.</summary>
internal sealed class BrowserAndRedisFactAttribute : SkippableFactAttribute
{
    public BrowserAndRedisFactAttribute() => Skip = Chromium.SkipReason ?? TestRedisSource.ProcessSkipReason;
}
