using StackExchange.Redis;

namespace RedisBackplane.Redis.Connection;

/// <summary>What the servers of a connection are, as far as the client has found out. Stateless.</summary>
internal static class ConnectedServers
{
    /// <summary>Whether the servers share the keys among them.</summary>
    public static bool AreCluster(this IConnectionMultiplexer connection)
    {
        foreach (var server in connection.GetServers())
        {
            if (server.ServerType == ServerType.Cluster)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether one socket carries calls and channels, as RESP3 has it.</summary>
    public static bool SpeakResp3(this IConnectionMultiplexer connection)
    {
        foreach (var server in connection.GetServers() ?? [])
        {
            if (server.IsConnected && server.Protocol == RedisProtocol.Resp3)
            {
                return true;
            }
        }

        return false;
    }
}
