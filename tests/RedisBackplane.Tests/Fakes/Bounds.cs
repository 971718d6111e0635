using System.Diagnostics;

namespace RedisBackplane.Tests.Fakes;

/// <summary>Waits that end: a test that would hang fails instead.</summary>
internal static class Bounds
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    public static async Task Bounded(this Task task)
    {
        if (await Task.WhenAny(task, Task.Delay(Limit)) != task)
        {
            throw new TimeoutException($"Not ended within {Limit}.");
        }

        await task;
    }

    public static async Task<T> Bounded<T>(this Task<T> task)
    {
        await ((Task)task).Bounded();
        return await task;
    }

    /// <summary>For a state that other threads bring about and no event tells of.</summary>
    public static async Task Until(Func<bool> condition, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < Limit, $"Not within {Limit}: {what}");
            await Task.Delay(5);
        }
    }
}
