using RedisBackplane.TestInfrastructure;

namespace RedisBackplane.Soak;

/// <summary>The faults that come at random; each is over when its task ends.</summary>
internal sealed class SoakFaults(SoakFarm farm, Random random)
{
    /// <summary>Picks the next fault.</summary>
    public (string Name, Func<Task> Run) Next()
    {
        var half = random.Next(2);
        var proxies = random.Next(2) == 0 ? farm.Proxies : [farm.Proxies[half]];
        var whose = proxies.Count == 2 ? "all" : $"half {half}";
        var delay = 50 * (1 + half);
        return random.Next(14) switch
        {
            0 => Lasting("killed, back empty", 0.5, 4, farm.Redis.KillAsync, farm.Redis.StartAgainAsync),
            1 => Lasting("stopped (SIGSTOP)", 0.5, 12, () => Do(farm.Redis.Pause), () => Do(farm.Redis.Continue)),
            2 => ("CLIENT KILL TYPE pubsub", () => farm.DoAsync("CLIENT", "KILL", "TYPE", "pubsub")),
            3 => ("CLIENT KILL TYPE normal", () => farm.DoAsync("CLIENT", "KILL", "TYPE", "normal")),
            4 => ("FLUSHALL", () => farm.DoAsync("FLUSHALL")),
            5 => ("SCRIPT FLUSH", () => farm.DoAsync("SCRIPT", "FLUSH")),
            6 => ("DEL of the counter", () => farm.DoAsync("DEL", "{" + farm.AppName + "}:counter")),
            7 => Lasting($"connections of {whose} cut and refused", 0.5, 4, () => Each(proxies, Refuse), Resume),
            8 => Lasting($"bytes of {whose} swallowed", 1, 8, () => Each(proxies, proxy => proxy.Blackhole()), Resume),
            9 => Lasting(
                $"{whose} slow by {delay} ms", 2, 4, () => Each(proxies, proxy => proxy.Delay(TimeSpan.FromMilliseconds(delay))), Resume),
            10 => Lasting(
                "out of memory",
                0.05,
                3,
                () => farm.DoAsync("CONFIG", "SET", "maxmemory", "1"),
                () => farm.DoAsync("CONFIG", "SET", "maxmemory", "0")),
            11 => Lasting(
                "no right to the channel",
                0.5,
                3,
                () => farm.DoAsync("ACL", "SETUSER", "default", "resetchannels"),
                () => farm.DoAsync("ACL", "SETUSER", "default", "&*")),
            12 => ("5 MB of nonsense on the channel", () => farm.DoAsync("PUBLISH", farm.AppName, Nonsense())),
            _ => ("a server joins and leaves", JoinAndLeave),
        };

        Task Resume() => Each(proxies, proxy => proxy.Resume());
    }

    private static void Refuse(TcpProxy proxy)
    {
        proxy.RefuseNew();
        proxy.CutAll();
    }

    private static Task Each(IEnumerable<TcpProxy> proxies, Action<TcpProxy> action)
    {
        foreach (var proxy in proxies)
        {
            action(proxy);
        }

        return Task.CompletedTask;
    }

    private static Task Do(Action action)
    {
        action();
        return Task.CompletedTask;
    }

    private (string Name, Func<Task> Run) Lasting(string name, double least, double most, Func<Task> begin, Func<Task> end)
    {
        var seconds = least + (random.NextDouble() * (most - least));
        return (FormattableString.Invariant($"{name} for {seconds:0.0} s"), async () =>
        {
            await begin();
            await Task.Delay(TimeSpan.FromSeconds(seconds));
            await end();
        });
    }

    private byte[] Nonsense()
    {
        var bytes = new byte[5 * 1024 * 1024];
        random.NextBytes(bytes);
        return bytes;
    }

    private async Task JoinAndLeave()
    {
        using var server = farm.AddServer("guest", half: 0);
        await server.ConnectedAsync();
        await server.Bus.Publish(new Microsoft.AspNet.SignalR.Messaging.Message("guest", "guests", "hello"));
    }
}
