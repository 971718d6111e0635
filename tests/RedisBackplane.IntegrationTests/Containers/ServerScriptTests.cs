using System.Net.Sockets;

namespace RedisBackplane.IntegrationTests.Containers;

/// <summary>Runs the script of the containers without one, on the redis-server of this machine.</summary>
public sealed class ServerScriptTests
{
    [RedisProcessTheory]
    [InlineData("open")]
    [InlineData("closed")]
    [InlineData("TLS")]
    [InlineData("Sentinel")]
    [InlineData("cluster")]
    public async Task Servers_OfTheScript_CarryAFarmAndEndWithIt(string name)
    {
        var group = Create(name);
        await using (var shell = ServerShell.Start(group))
        {
            await group.BecomesReadyAsync(shell);
            await using var topology = TopologyOf(group, isClosed: name == "closed");
            await topology.StartAsync();
            await CarryAFarmAsync(topology);
        }

        Assert.All(
            group.Servers,
            server => Assert.Throws<SocketException>(() => new TcpClient(RedisServerProcess.Host, server.Port).Dispose()));
        (group as IDisposable)?.Dispose();
    }

    private static async Task CarryAFarmAsync(RedisTopology topology)
    {
        var appName = AppNames.Unique();
        using var first = StartServer(topology, appName);
        using var second = StartServer(topology, appName);
        await second.ConnectedAsync();
        using var subscriber = second.Subscribe("key");

        await first.PublishAsync("key", "hello");

        Assert.Equal("hello", Assert.Single(await subscriber.WaitForAsync(1)).Value);
    }

    private static TestServer StartServer(RedisTopology topology, string appName) => new(options =>
    {
        options.AppName = appName;
        topology.Connect(options);
        topology.Configure(options);
    });

    private static RedisTopology TopologyOf(ServerGroup group, bool isClosed)
    {
        var topology = new ServerGroupTopology(() => Task.FromResult(group));
        return isClosed ? new LeastRightsTopology(topology) : topology;
    }

    private static ServerGroup Create(string name) => name switch
    {
        "open" => SingleServer.Open(),
        "closed" => SingleServer.Closed(),
        "TLS" => new TlsServer(),
        "Sentinel" => new SentinelGroup(),
        _ => new ClusterGroup(),
    };
}
