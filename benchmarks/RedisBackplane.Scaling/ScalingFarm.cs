using System.Globalization;
using RedisBackplane.Faults;
using RedisBackplane.TestInfrastructure;
using StackExchange.Redis;

namespace RedisBackplane.Scaling;

/// <summary>A farm in this process, each stream on a redis-server of its own.</summary>
internal sealed class ScalingFarm : IAsyncDisposable
{
    private readonly List<RedisServerProcess> _redis = [];
    private readonly List<ConnectionMultiplexer> _administrators = [];
    private readonly List<FaultServer> _servers = [];
    private readonly List<IdleConnection> _connections = [];

    public IReadOnlyList<FaultServer> Servers => _servers;

    public int Streams => _redis.Count;

    public static async Task<ScalingFarm> StartAsync(int servers, int streams)
    {
        var farm = new ScalingFarm();
        for (var i = 0; i < streams; i++)
        {
            // A server that falls behind shall be measured, not cut off.
            var redis = await RedisServerProcess.StartAsync("client-output-buffer-limit pubsub 512mb 512mb 0");
            farm._redis.Add(redis);
            farm._administrators.Add(await ConnectionMultiplexer.ConnectAsync(redis.EndPoint + ",allowAdmin=true"));
        }

        var appName = AppNames.Unique("scaling");
        for (var i = 0; i < servers; i++)
        {
            farm._servers.Add(new FaultServer($"server {i}", options =>
            {
                options.AppName = appName;
                options.ConnectionStrings = [.. farm._redis.Select(redis => redis.EndPoint)];
                options.StreamCount = streams;
                options.MaxLogBytes = 8 * 1024 * 1024;
                options.RepublishMaxBytes = 4 * 1024 * 1024;
            }));
        }

        await Task.WhenAll(farm._servers.Select(server => server.ConnectedAsync()));

        // Most messages concern somebody else's clients.
        farm._connections.AddRange(farm._servers.Select((server, i) => new IdleConnection(server.Bus, [Key(i)])));
        return farm;
    }

    public static string Key(int number) => "key " + number.ToString(CultureInfo.InvariantCulture);

    /// <summary>The CPU time of each redis-server in microseconds, and the bytes that all have sent.</summary>
    public async Task<(double[] Cpu, double BytesOut)> ReadUsageAsync()
    {
        var cpu = new List<double>();
        var bytes = 0.0;
        foreach (var administrator in _administrators)
        {
            var server = administrator.GetServers().Single();
            var values = (await server.InfoAsync("cpu")).Concat(await server.InfoAsync("stats"))
                .SelectMany(section => section)
                .ToDictionary(pair => pair.Key, pair => pair.Value);
            cpu.Add(1_000_000 * (Number(values["used_cpu_user"]) + Number(values["used_cpu_sys"])));
            bytes += Number(values["total_net_output_bytes"]);
        }

        return ([.. cpu], bytes);
    }

    /// <summary>Every server has received all that there is.</summary>
    public bool AreLevel() =>
        Enumerable.Range(0, Streams).All(stream => _servers.Select(server => server.Bus.Status.Streams[stream].LastId).Distinct().Count() == 1);

    public async ValueTask DisposeAsync()
    {
        _connections.ForEach(connection => connection.Dispose());
        _servers.ForEach(server => server.Dispose());
        foreach (var administrator in _administrators)
        {
            await administrator.DisposeAsync();
        }

        foreach (var redis in _redis)
        {
            await redis.DisposeAsync();
        }
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
