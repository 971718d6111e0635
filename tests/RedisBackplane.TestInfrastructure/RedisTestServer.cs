namespace RedisBackplane.TestInfrastructure;

/// <summary>
/// The Redis that the tests of this process share. It is started when it is first needed, and ends with the process.
/// Tests use different names (<see cref="AppNames.Unique"/>). A test that disturbs others (FLUSHALL, restart) uses a
/// <see cref="RedisServerProcess"/> instead.
/// </summary>
public sealed class RedisTestServer
{
    private static readonly Lazy<Task<RedisTestServer>> Shared = new(StartAsync);

    private readonly RedisServerProcess? _process;

    private RedisTestServer(string connectionString, string origin, RedisServerProcess? process = null)
    {
        ConnectionString = connectionString;
        Origin = origin;
        _process = process;
    }

    public string ConnectionString { get; }

    /// <summary>Where it came from, as text.</summary>
    public string Origin { get; }

    /// <summary>The shared server.</summary>
    /// <exception cref="InvalidOperationException">
    /// There is none. Tests with <see cref="RedisFactAttribute"/> get here only if Redis is required.
    /// </exception>
    public static Task<RedisTestServer> GetSharedAsync() => Shared.Value;

    public override string ToString() => _process is null ? Origin : $"{Origin}, process {_process.ProcessId}";

    private static async Task<RedisTestServer> StartAsync()
    {
        if (TestRedisSource.FromEnvironment is { } named)
        {
            return new RedisTestServer(named, TestRedisSource.EndPointVariable);
        }

        if (await RedisContainerServer.TryStartAsync().ConfigureAwait(false) is { } container)
        {
            return new RedisTestServer(container, "Docker container");
        }

        if (RedisServerProcess.FindExecutable() is not null)
        {
            var process = await RedisServerProcess.StartAsync().ConfigureAwait(false);
            return new RedisTestServer(process.EndPoint, "redis-server on PATH", process);
        }

        throw new InvalidOperationException(
            $"Redis is required ({TestRedisSource.RequiredVariable}=1) and there is none: {TestRedisSource.EndPointVariable} is not set, "
            + "no Docker engine gave a container, and there is no redis-server on PATH.");
    }
}
