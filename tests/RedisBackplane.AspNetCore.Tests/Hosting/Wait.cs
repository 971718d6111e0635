namespace RedisBackplane.AspNetCore.Tests.Hosting;

internal static class Wait
{
    /// <summary>The bound of every wait in these tests.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
}
