using Xunit;

namespace RedisBackplane.TestInfrastructure;

/// <summary>
/// A test that needs any Redis (<see cref="RedisTestServer"/>); skipped with the reason where there is none and none is required.
/// </summary>
public sealed class RedisFactAttribute : SkippableFactAttribute
{
    /// <summary>Looks whether there is a Redis, once per process.</summary>
    public RedisFactAttribute() => Skip = TestRedisSource.SkipReason;
}

/// <inheritdoc cref="RedisFactAttribute"/>
public sealed class RedisTheoryAttribute : SkippableTheoryAttribute
{
    /// <inheritdoc cref="RedisFactAttribute()"/>
    public RedisTheoryAttribute() => Skip = TestRedisSource.SkipReason;
}

/// <summary>
/// A test that needs a redis-server process of its own (<see cref="RedisServerProcess"/>); skipped with the reason where there is none.
/// </summary>
public sealed class RedisProcessFactAttribute : SkippableFactAttribute
{
    /// <summary>Looks for redis-server on PATH.</summary>
    public RedisProcessFactAttribute() => Skip = TestRedisSource.ProcessSkipReason;
}

/// <inheritdoc cref="RedisProcessFactAttribute"/>
public sealed class RedisProcessTheoryAttribute : SkippableTheoryAttribute
{
    /// <inheritdoc cref="RedisProcessFactAttribute()"/>
    public RedisProcessTheoryAttribute() => Skip = TestRedisSource.ProcessSkipReason;
}
