namespace RedisBackplane.Scaling.Interests;

/// <summary>Servers of one design in this process, and their redis-server.</summary>
internal sealed class InterestFarm : IAsyncDisposable
{
    private readonly ScalingRedis _redis;
    private readonly List<InterestServer> _servers = [];

    private InterestFarm(ScalingRedis redis) => _redis = redis;

    public IReadOnlyList<InterestServer> Servers => _servers;

    public long Delivered => _servers.Sum(server => server.Delivered);

    public static async Task<InterestFarm> StartAsync(InterestDesign design, int servers, InterestSettings settings)
    {
        var farm = new InterestFarm(await ScalingRedis.StartAsync(masters: 1, streams: 1));
        for (var i = 0; i < servers; i++)
        {
            farm._servers.Add(await InterestServer.ConnectAsync(farm._redis.ConnectionStrings[0], design, i, settings.Keys));
        }

        await Task.WhenAll(farm._servers.Select(server => server.SubscribeAsync()));
        return farm;
    }

    public Task<RedisUsage> ReadUsageAsync() => _redis.ReadUsageAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }

        await _redis.DisposeAsync();
    }
}
