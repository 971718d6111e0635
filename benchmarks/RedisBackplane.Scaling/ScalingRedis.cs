using System.Globalization;
using RedisBackplane.TestInfrastructure;
using StackExchange.Redis;

namespace RedisBackplane.Scaling;

/// <summary>
/// The Redis servers of the streams: each stream on its own redis-server, all on one, or on the three masters of a
/// cluster.
/// </summary>
internal sealed class ScalingRedis : IAsyncDisposable
{
    /// <summary>Masters of a cluster; each has a replica.</summary>
    public const int ClusterMasters = 3;

    // A slow server must be measured, and not disconnected.
    private const string Patience = "client-output-buffer-limit pubsub 512mb 512mb 0";

    private readonly List<IAsyncDisposable> _processes = [];
    private readonly List<ConnectionMultiplexer> _masters = [];
    private readonly List<ConnectionMultiplexer> _replicas = [];

    /// <summary>The connection strings for the servers of the farm.</summary>
    public IList<string> ConnectionStrings { get; private set; } = [];

    /// <summary>A name for the farm with which its streams are spread evenly over the masters.</summary>
    public string AppName { get; private set; } = AppNames.Unique("scaling");

    /// <param name="masters">0: as many independent servers as streams; 1: one server for all; 3: a cluster.</param>
    /// <param name="streams">Streams of the farm.</param>
    public static async Task<ScalingRedis> StartAsync(int masters, int streams)
    {
        var redis = new ScalingRedis();
        if (masters == ClusterMasters)
        {
            await redis.StartClusterAsync(streams);
        }
        else
        {
            await redis.StartServersAsync(masters == 0 ? streams : masters);
        }

        return redis;
    }

    /// <summary>Reads what all of them have used so far.</summary>
    public async Task<RedisUsage> ReadUsageAsync()
    {
        var masters = await Task.WhenAll(_masters.Select(ReadAsync));
        var replicas = await Task.WhenAll(_replicas.Select(ReadAsync));
        return new RedisUsage([.. masters.Select(used => used.Cpu)], replicas.Sum(used => used.Cpu), masters.Sum(used => used.BytesOut));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var administrator in _masters.Concat(_replicas))
        {
            await administrator.DisposeAsync();
        }

        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }
    }

    private static async Task<(double Cpu, double BytesOut)> ReadAsync(ConnectionMultiplexer administrator)
    {
        var server = administrator.GetServer(administrator.GetEndPoints(configuredOnly: true).Single());
        var values = (await server.InfoAsync("cpu")).Concat(await server.InfoAsync("stats"))
            .SelectMany(section => section)
            .ToDictionary(pair => pair.Key, pair => double.TryParse(pair.Value, CultureInfo.InvariantCulture, out var number) ? number : 0);

        // Bytes for replicas are no traffic of the farm. A Redis before version 7 does not count them separately.
        var bytes = values["total_net_output_bytes"] - values.GetValueOrDefault("total_net_repl_output_bytes");
        return (1_000_000 * (values["used_cpu_user"] + values["used_cpu_sys"]), bytes);
    }

    private static Task<ConnectionMultiplexer> AdministerAsync(RedisServerProcess process) =>
        ConnectionMultiplexer.ConnectAsync(process.EndPoint + ",allowAdmin=true");

    private async Task StartServersAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var process = await RedisServerProcess.StartAsync(Patience);
            _processes.Add(process);
            _masters.Add(await AdministerAsync(process));
            ConnectionStrings.Add(process.EndPoint);
        }
    }

    private async Task StartClusterAsync(int streams)
    {
        var cluster = await RedisClusterFarm.StartAsync(Patience);
        _processes.Add(cluster);
        foreach (var (i, node) in cluster.Nodes.Index())
        {
            (i < ClusterMasters ? _masters : _replicas).Add(await AdministerAsync(node.Server));
        }

        ConnectionStrings = [cluster.ConnectionString];
        while (await MastersOfAsync(cluster, streams) < Math.Min(streams, ClusterMasters))
        {
            AppName = AppNames.Unique("scaling");
        }
    }

    private async Task<int> MastersOfAsync(RedisClusterFarm cluster, int streams)
    {
        var owners = new HashSet<string>();
        for (var stream = 0; stream < streams; stream++)
        {
            // The hash tag of its keys: docs/streams.md.
            var name = stream == 0 ? AppName : FormattableString.Invariant($"{AppName}{{{stream}");
            owners.Add((await cluster.OwnerOfAsync(await cluster.SlotOfAsync("{" + name + "}"))).Id);
        }

        return owners.Count;
    }
}

/// <summary>
/// CPU time of each master and of all replicas in microseconds, and the bytes that the masters have sent to clients.
/// </summary>
internal sealed record RedisUsage(double[] MasterCpu, double ReplicaCpu, double BytesOut);
