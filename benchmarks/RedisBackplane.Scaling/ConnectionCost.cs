using System.Globalization;
using Microsoft.AspNet.SignalR.Messaging;
using RedisBackplane.FaultHarness;
using RedisBackplane.TestInfrastructure;

namespace RedisBackplane.Scaling;

/// <summary>
/// The cost of a connection for the bus of its server: memory while it is idle, and CPU for each message that it
/// receives, without SignalR's transports.
/// </summary>
internal static class ConnectionCost
{
    private const int Broadcasts = 50;

    public static async Task<string> MeasureAsync(int connections)
    {
        await using var redis = await RedisServerProcess.StartAsync();
        using var server = new FaultServer("server", options =>
        {
            options.AppName = AppNames.Unique("connections");
            options.ConnectionString = redis.EndPoint;
        });
        await server.ConnectedAsync();

        var delivered = 0L;
        var before = GC.GetTotalMemory(forceFullCollection: true);

        // The keys of a hub's client: the hub's, its own, its user's, a group's, and the one for acknowledgements.
        var clients = Enumerable.Range(0, connections).Select(i => new IdleConnection(
            server.Bus,
            ["h-Chat", $"hc-Chat.{Guid.NewGuid()}", $"hu-Chat.user{i}", $"hg-Chat.room{i % 1000}", $"ack-{Guid.NewGuid()}"],
            count => Interlocked.Add(ref delivered, count))).ToArray();
        var memory = (GC.GetTotalMemory(forceFullCollection: true) - before) / connections;

        await BroadcastAsync(server, 5, () => Interlocked.Read(ref delivered) == 5L * connections);
        Interlocked.Exchange(ref delivered, 0);
        var cpu = Environment.CpuUsage.TotalTime;
        await BroadcastAsync(server, Broadcasts, () => Interlocked.Read(ref delivered) == (long)Broadcasts * connections);
        cpu = Environment.CpuUsage.TotalTime - cpu;
        foreach (var client in clients)
        {
            client.Dispose();
        }

        var perDelivery = cpu.TotalMicroseconds / ((double)Broadcasts * connections);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{connections:N0} connections of 5 keys: {memory:N0} bytes for each, "
            + $"{perDelivery:0.00} µs of CPU for each delivery of a broadcast.");
    }

    private static async Task BroadcastAsync(FaultServer server, int count, Func<bool> isDone)
    {
        for (var i = 0; i < count; i++)
        {
            await server.Bus.Publish(new Message("source", "h-Chat", "a short message"));
        }

        await Eventually.BecomesTrueAsync(isDone, "all connections have all broadcasts", TimeSpan.FromMinutes(1));
    }
}
