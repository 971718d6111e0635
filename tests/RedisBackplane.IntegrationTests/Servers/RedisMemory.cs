namespace RedisBackplane.IntegrationTests.Servers;

/// <summary>The memory that a redis-server may use.</summary>
internal static class RedisMemory
{
    /// <summary>Limits it to what the server uses now, and some room.</summary>
    public static async Task LimitAsync(RedisServerProcess redis, long room)
    {
        await using var administrator = await ConnectionMultiplexer.ConnectAsync(redis.EndPoint + ",allowAdmin=true");
        var server = administrator.GetServers()[0];
        var memory = (await server.InfoAsync("memory")).SelectMany(static section => section);
        var used = long.Parse(memory.Single(static line => line.Key == "used_memory").Value, CultureInfo.InvariantCulture);
        await server.ConfigSetAsync("maxmemory", used + room);
    }
}
