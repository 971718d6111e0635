namespace RedisBackplane.TestInfrastructure;

/// <summary>Finds the tests' Redis, once per process.</summary>
/// <remarks>
/// In this order: the environment variable <see cref="EndPointVariable"/>, a Docker engine that answers, a
/// <c>redis-server</c> on PATH. Without any of them, tests that need Redis are skipped. They fail instead if
/// <see cref="RequiredVariable"/> is 1.
/// </remarks>
public static class TestRedisSource
{
    /// <summary>Environment variable with host:port or a connection string of the Redis to use.</summary>
    public const string EndPointVariable = "REDIS_BACKPLANE_TEST_REDIS";

    /// <summary>Environment variable that, set to 1, makes tests fail and not be skipped without a Redis.</summary>
    public const string RequiredVariable = "REDIS_BACKPLANE_REQUIRE_REDIS";

    private static readonly Lazy<string?> Missing = new(FindWhatIsMissing);

    /// <summary>The Redis that the environment names, or null.</summary>
    public static string? FromEnvironment =>
        Environment.GetEnvironmentVariable(EndPointVariable) is { } value && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;

    /// <summary>Whether a test without its Redis fails instead of being skipped.</summary>
    public static bool IsRequired => Environment.GetEnvironmentVariable(RequiredVariable) == "1";

    /// <summary>Why tests of any Redis are skipped; null if they run (and fail if a required one is missing).</summary>
    public static string? SkipReason => IsRequired ? null : Missing.Value;

    /// <summary>Why a test that needs a redis-server process of its own is skipped; null when it runs.</summary>
    public static string? ProcessSkipReason =>
        IsRequired || RedisServerProcess.FindExecutable() is not null
            ? null
            : "This test stops and restarts its own Redis, and there is no redis-server on PATH.";

    private static string? FindWhatIsMissing()
    {
        if (FromEnvironment is not null || RedisServerProcess.FindExecutable() is not null || RedisContainerServer.EngineAnswers())
        {
            return null;
        }

        return $"No Redis: {EndPointVariable} is not set, no Docker engine answers, and there is no redis-server on PATH.";
    }
}
