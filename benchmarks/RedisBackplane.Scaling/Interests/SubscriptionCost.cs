using System.Globalization;
using RedisBackplane.TestInfrastructure;
using StackExchange.Redis;

namespace RedisBackplane.Scaling.Interests;

/// <summary>
/// The cost of subscriptions before the first message. It occurs with every connection of a client, and again for all
/// keys of a server when its connection to Redis breaks.
/// </summary>
internal static class SubscriptionCost
{
    public static async Task<string> MeasureAsync(InterestDesign design, InterestSettings settings)
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var administrator = await ConnectionMultiplexer.ConnectAsync(redis.EndPoint + ",allowAdmin=true");
        await using var server = await InterestServer.ConnectAsync(redis.EndPoint, design, 0, settings.Keys * 10);

        var (cpuBefore, memoryBefore) = await ReadAsync(administrator);
        var ownCpu = Environment.CpuUsage.TotalTime;
        var ownMemory = GC.GetTotalMemory(forceFullCollection: true);
        await server.SubscribeAsync();
        ownCpu = Environment.CpuUsage.TotalTime - ownCpu;
        ownMemory = GC.GetTotalMemory(forceFullCollection: true) - ownMemory;
        var (cpu, memory) = await ReadAsync(administrator);

        return FormattableString.Invariant(
            $"{design}, {settings.Keys * 10:N0} keys of one server: Redis {(cpu - cpuBefore) / 1000:0.0} ms of CPU, ")
            + FormattableString.Invariant($"{(memory - memoryBefore) / 1024:N0} KB; ")
            + FormattableString.Invariant($"the server {ownCpu.TotalMilliseconds:0.0} ms, {ownMemory / 1024.0:N0} KB.");
    }

    private static async Task<(double Cpu, double Memory)> ReadAsync(ConnectionMultiplexer administrator)
    {
        var server = administrator.GetServers().Single();
        var cpu = (await server.InfoAsync("cpu")).Single().ToDictionary(pair => pair.Key, pair => pair.Value);
        var memory = (await server.InfoAsync("memory")).Single().ToDictionary(pair => pair.Key, pair => pair.Value);
        return (1_000_000 * (Number(cpu["used_cpu_user"]) + Number(cpu["used_cpu_sys"])), Number(memory["used_memory"]));
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
