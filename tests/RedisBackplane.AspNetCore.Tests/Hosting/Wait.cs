namespace RedisBackplane.AspNetCore.Tests.Hosting;

internal static class Wait
{
    /// <summary>The bound of every wait in these tests: what takes longer than this does not come.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
}
