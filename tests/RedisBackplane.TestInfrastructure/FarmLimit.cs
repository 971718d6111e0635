namespace RedisBackplane.TestInfrastructure;

/// <summary>
/// Bounds how many farms of six servers (a cluster, a master with its Sentinels) this process runs at the same time.
/// Single servers are bounded by the number of tests that run at the same time.
/// </summary>
internal static class FarmLimit
{
    // Those that tests share until the process ends, and one for each test that runs at the same time.
    private const int Farms = 8;

    private static readonly SemaphoreSlim Free = new(Farms, Farms);

    /// <summary>Waits until one more may be started; <see cref="Leave"/> when it has ended.</summary>
    public static Task EnterAsync() => Free.WaitAsync();

    public static void Leave() => Free.Release();
}
