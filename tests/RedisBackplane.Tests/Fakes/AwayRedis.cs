namespace RedisBackplane.Tests.Fakes;

/// <summary>A Redis that nobody can reach.</summary>
internal static class AwayRedis
{
    public static async Task<IConnectionMultiplexer> ConnectAsync(CancellationToken token)
    {
        await Task.Delay(Timeout.Infinite, token);
        throw new InvalidOperationException("The wait ends by cancellation.");
    }
}
