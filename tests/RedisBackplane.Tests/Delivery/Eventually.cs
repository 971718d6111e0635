using System.Diagnostics;

namespace RedisBackplane.Tests.Delivery;

/// <summary>Waits, with a bound, for what other threads will do.</summary>
internal static class Eventually
{
    public static async Task True(Func<bool> condition, Func<string> otherwise, int seconds = 30)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            if (watch.Elapsed > TimeSpan.FromSeconds(seconds))
            {
                Assert.Fail(otherwise());
            }

            await Task.Delay(5);
        }
    }
}
