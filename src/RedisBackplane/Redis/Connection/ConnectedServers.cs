using StackExchange.Redis;

namespace RedisBackplane.Redis.Connection;

/// <summary>The properties of a connection's servers, as far as the client library knows them. Stateless.</summary>
internal static class ConnectedServers
{
    /// <summary>Whether the servers divide the keys among themselves.</summary>
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

    /// <summary>Whether one socket carries calls and channels, as with RESP3.</summary>
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
