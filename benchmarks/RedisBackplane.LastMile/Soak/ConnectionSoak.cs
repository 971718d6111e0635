using System.Diagnostics;
using System.Globalization;
using RedisBackplane.LastMile.Servers;

namespace RedisBackplane.LastMile.Soak;

/// <summary>
/// Connections come, break, come back and leave for a long time, while others stay. Nobody may miss a message, and the
/// servers must hold as much at the end as after the warm-up.
/// </summary>
internal sealed class ConnectionSoak(SoakSettings settings)
{
    private const string Variant = "soak";

    // What differs between two samples of a process that does the same.
    private const double MaxGrowth = 1.05;

    // Two caches have a fixed number of places, which fill with the ids and tokens of connections (SourceCache,
    // RecentTokens): 0.8 and 0.3 MB in each of the two servers.
    private const double MaxCaches = 2 * 1.1 * 1048576;
    private const int MoreThreadsOrHandles = 20;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(60);

    // A connection that broke is forgotten after the disconnect time-out of 30 s. Pools release memory later.
    private static readonly TimeSpan ForgottenAfter = TimeSpan.FromSeconds(50);
    private static readonly TimeSpan Stay = TimeSpan.FromSeconds(3);

    private readonly SoakAccount _account = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    /// <returns>Whether nothing was lost and nothing grew.</returns>
    public async Task<bool> RunAsync()
    {
        Console.WriteLine($"seed {settings.Seed}");
        var (redis, endpoint) = await ServerProcess.StartRedisAsync();
        using var owned = redis;
        try
        {
            using var first = await ServerProcess.StartAsync(Variant, endpoint);
            using var second = await ServerProcess.StartAsync(Variant, endpoint);
            return await RunAsync(first, second);
        }
        finally
        {
            redis.Kill();
        }
    }

    private async Task<bool> RunAsync(ServerProcess first, ServerProcess second)
    {
        using var http = new HttpMessageInvoker(new SocketsHttpHandler { PooledConnectionIdleTimeout = TimeSpan.FromSeconds(5) });
        int[] ports = [first.Port, second.Port];
        var steady = new List<RoamingClient>();
        foreach (var number in Enumerable.Range(0, settings.Steady))
        {
            steady.Add(new RoamingClient(http, Transport(number), _account));
            await steady[^1].ConnectAsync(ports[number / settings.Transports.Length % 2]);
        }

        using var end = new CancellationTokenSource();
        var sending = ports.Select((port, sender) => SendAsync(http, port, $"s{sender}", end.Token)).ToArray();

        await RoamAsync(http, ports, WarmUp);
        var before = await SampleAsync(first, second, "start");
        await RoamAsync(http, ports, TimeSpan.FromMinutes(settings.Minutes));
        var after = await SampleAsync(first, second, "end");

        await end.CancelAsync();
        await Task.WhenAll(sending);
        foreach (var client in steady)
        {
            await client.LeaveAsync();
            await client.DisposeAsync();
        }

        var isFlat = after.Heap <= (before.Heap * MaxGrowth) + MaxCaches
            && after.Threads <= before.Threads + MoreThreadsOrHandles
            && after.Handles <= before.Handles + MoreThreadsOrHandles;
        Say($"{_account}{(isFlat ? "" : "; the servers grew")}");
        foreach (var failure in _account.Failures.Take(20))
        {
            Console.WriteLine(failure);
        }

        return _account.IsClean && isFlat;
    }

    private string Transport(int number) => settings.Transports[number % settings.Transports.Length];

    private async Task SendAsync(HttpMessageInvoker http, int port, string name, CancellationToken end)
    {
        await using var sender = new RoamingClient(http, "webSockets", _account);
        await sender.ConnectAsync(port);
        var watch = Stopwatch.StartNew();
        for (var number = 0L; !end.IsCancellationRequested;)
        {
            if (number >= watch.Elapsed.TotalSeconds * settings.Rate / 2)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(2), CancellationToken.None);
                continue;
            }

            await sender.CallAsync("ToAll", string.Create(CultureInfo.InvariantCulture, $"{name}:{++number}"));
        }
    }

#pragma warning disable CA5394 // A seed repeats the choices; nothing secret.
    private async Task RoamAsync(HttpMessageInvoker http, int[] ports, TimeSpan duration)
    {
        using var end = new CancellationTokenSource(duration);
        await Task.WhenAll(Enumerable.Range(0, settings.Roaming).Select(
            number => Task.Run(() => RoamAsync(http, ports, new Random(settings.Seed + number), end.Token))));
    }

    private async Task RoamAsync(HttpMessageInvoker http, int[] ports, Random random, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            var transport = Transport(random.Next(settings.Transports.Length));
            try
            {
                await using var client = new RoamingClient(http, transport, _account);
                await client.ConnectAsync(ports[random.Next(2)]);
                await client.CallAsync("Join");
                for (var visits = random.Next(4); visits > 0; visits--)
                {
                    await Task.Delay(Stay * random.NextDouble(), CancellationToken.None);
                    await client.CallAsync("Echo", "here");
                    await client.ReconnectAsync(ports[random.Next(2)]);
                }

                await Task.Delay(Stay * random.NextDouble(), CancellationToken.None);
                if (random.Next(2) == 0)
                {
                    await client.LeaveAsync();
                }
            }
            catch (Exception exception)
            {
                _account.Failed($"{transport}: {exception.Message}");
            }
        }
    }

#pragma warning restore CA5394

    private async Task<Usage> SampleAsync(ServerProcess first, ServerProcess second, string name)
    {
        await Task.Delay(ForgottenAfter);
        var usage = await first.ReadAsync(collect: true) + await second.ReadAsync(collect: true);
        var heap = usage.Heap / 1048576;
        Say($"{name}: both servers hold {heap:0.0} MB of heap, {usage.Threads} threads, {usage.Handles} handles; {_account}");
        return usage;
    }

    private void Say(FormattableString text) => Console.WriteLine(
        string.Create(CultureInfo.InvariantCulture, $"{_clock.Elapsed.TotalSeconds,7:0.0} s  ") + FormattableString.Invariant(text));
}
