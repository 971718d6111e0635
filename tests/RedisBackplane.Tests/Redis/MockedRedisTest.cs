namespace RedisBackplane.Tests.Redis;

/// <summary>Tests with a connection whose database is a mock.</summary>
public abstract class MockedRedisTest : IAsyncLifetime
{
    private protected MockedRedis Redis { get; private set; } = null!;

    public virtual async Task InitializeAsync() => Redis = await MockedRedis.Connect();

    public virtual Task DisposeAsync()
    {
        Redis.Dispose();
        return Task.CompletedTask;
    }
}
