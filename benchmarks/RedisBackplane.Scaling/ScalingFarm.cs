using System.Globalization;
using RedisBackplane.FaultHarness;

namespace RedisBackplane.Scaling;

/// <summary>A farm in this process.</summary>
internal sealed class ScalingFarm : IAsyncDisposable
{
    private readonly ScalingRedis _redis;
    private readonly List<FaultServer> _servers = [];
    private readonly List<IdleConnection> _connections = [];

    private ScalingFarm(ScalingRedis redis, int masters, int streams)
    {
        _redis = redis;
        Masters = masters;
        Streams = streams;
    }

    public IReadOnlyList<FaultServer> Servers => _servers;

    /// <summary>As <see cref="ScalingSettings.Masters"/>.</summary>
    public int Masters { get; }

    public int Streams { get; }

    public static async Task<ScalingFarm> StartAsync(int servers, int streams, int masters)
    {
        var redis = await ScalingRedis.StartAsync(masters, streams);
        var farm = new ScalingFarm(redis, masters, streams);
        for (var i = 0; i < servers; i++)
        {
            farm._servers.Add(new FaultServer($"server {i}", options =>
            {
                options.AppName = redis.AppName;
                options.ConnectionStrings = [.. redis.ConnectionStrings];
                options.StreamCount = streams;
                options.MaxLogBytes = 8 * 1024 * 1024;
                options.RepublishMaxBytes = 4 * 1024 * 1024;
            }));
        }

        await Task.WhenAll(farm._servers.Select(server => server.ConnectedAsync()));

        // Most messages concern clients of other servers.
        farm._connections.AddRange(farm._servers.Select((server, i) => new IdleConnection(server.Bus, [Key(i)])));
        return farm;
    }

    public static string Key(int number) => "key " + number.ToString(CultureInfo.InvariantCulture);

    public Task<RedisUsage> ReadUsageAsync() => _redis.ReadUsageAsync();

    /// <summary>Whether every server has received everything.</summary>
    public bool AreLevel() =>
        Enumerable.Range(0, Streams).All(
            stream => _servers.Select(server => server.Bus.Status.Streams[stream].LastId).Distinct().Count() == 1);

    public async ValueTask DisposeAsync()
    {
        _connections.ForEach(connection => connection.Dispose());
        _servers.ForEach(server => server.Dispose());
        await _redis.DisposeAsync();
    }
}
