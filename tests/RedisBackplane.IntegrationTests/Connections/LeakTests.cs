using System.Diagnostics;

namespace RedisBackplane.IntegrationTests.Connections;

/// <summary>A thousand buses, made and disposed, leave nothing behind: no thread, no handle, no memory.</summary>
[Collection(nameof(Alone)), Trait("Runs", "alone")]
public sealed class LeakTests
{
    private const int Buses = 1000;
    private const int AtOnce = 10;

    // The pools of the runtime and of the client library grow over time. A leak leaves one object for each bus.
    private const int MoreThreads = Buses / 10;
    private const int MoreHandles = Buses / 10;
    private const long MoreBytes = 8 * 1024 * 1024;

    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(3);
    private static readonly bool IsMono = Type.GetType("Mono.Runtime") is not null;

    [RedisFact]
    public async Task Buses_ThatWereConnected_LeaveNothingBehind()
    {
        var redis = await RedisTestServer.GetSharedAsync();

        await AssertNothingIsLeftAsync(async () =>
        {
            using var server = TestServer.Create(redis.ConnectionString, AppNames.Unique("leak"));
            await server.HearsItselfAsync();
            return new WeakReference(server.Bus);
        });
    }

    [SkippableFact]
    public async Task Buses_ThatNeverReachedRedis_LeaveNothingBehind()
    {
        var nobody = "127.0.0.1:" + LoopbackPort.PickFree().ToString(CultureInfo.InvariantCulture);

        await AssertNothingIsLeftAsync(async () =>
        {
            using var server = TestServer.Create(
                nobody, AppNames.Unique("leak"), options => options.ShutdownTimeout = TimeSpan.FromMilliseconds(100));
            var waiting = server.PublishAsync("key", "value");
            server.Dispose();
            await Assert.ThrowsAsync<BackplaneException>(() => waiting);
            return new WeakReference(server.Bus);
        });
    }

    private static async Task AssertNothingIsLeftAsync(Func<Task<WeakReference>> live)
    {
        Skip.IfNot(Directory.Exists("/proc/self/fd"), "The system does not show the handles of a process under /proc.");
        var elapsed = Stopwatch.StartNew();
        await LiveAsync(live, 10 * AtOnce);
        CollectGarbage();
        var (threads, handles, bytes) = (Threads(), Handles(), GC.GetTotalMemory(forceFullCollection: true));

        var buses = await LiveAsync(live, Buses);

        await Eventually.BecomesTrueAsync(() => Threads() <= threads + MoreThreads, $"{Threads()} threads, {threads} before");
        await Eventually.BecomesTrueAsync(() => Handles() <= handles + MoreHandles, $"{Handles()} handles, {handles} before");

        // Objects that end with a bus may still be used by a timer or by the pool.
        await Eventually.BecomesTrueAsync(() => AliveOf(buses) <= AtOnce, $"{AliveOf(buses)} buses are still held");
        var left = GC.GetTotalMemory(forceFullCollection: true) - bytes;

        // Mono also counts the gaps between objects, so the number of buses must suffice there.
        Assert.True(left < MoreBytes || IsMono, $"{left} bytes more than before {Buses} buses came and went");
        Assert.True(elapsed.Elapsed < Bound, $"{Buses} buses took {elapsed.Elapsed}");
    }

    private static async Task<List<WeakReference>> LiveAsync(Func<Task<WeakReference>> live, int count)
    {
        var buses = new List<WeakReference>();
        for (var i = 0; i < count; i += AtOnce)
        {
            buses.AddRange(await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Task.Run(live))));
        }

        return buses;
    }

    private static int AliveOf(List<WeakReference> buses)
    {
        CollectGarbage();
        return buses.Count(bus => bus.IsAlive);
    }

    private static void CollectGarbage()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
    }

    private static int Handles() => Directory.GetFileSystemEntries("/proc/self/fd").Length;

    private static int Threads() => Directory.GetDirectories("/proc/self/task").Length;
}
