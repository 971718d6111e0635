using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace RedisBackplane.Redis.Connection;

/// <summary>What the client library knows of a connection's servers, and the end of a connection. Stateless.</summary>
internal static class ConnectionExtensions
{
    /// <summary>Whether the servers divide the keys among themselves.</summary>
    public static bool AreCluster(this IConnectionMultiplexer connection) =>
        Array.Exists(connection.GetServers(), static server => server.ServerType == ServerType.Cluster);

    /// <summary>Whether one socket carries calls and channels, as with RESP3.</summary>
    public static bool SpeakResp3(this IConnectionMultiplexer connection) =>
        Array.Exists(connection.GetServers() ?? [], static server => server.IsConnected && server.Protocol == RedisProtocol.Resp3);

    /// <summary>Closes the connection without waiting for commands: on a dead one they would not end.</summary>
    public static void End(this IConnectionMultiplexer connection, ILogger logger, string appName)
    {
        try
        {
            connection.Close(allowCommandsToComplete: false);
            connection.Dispose();
        }
        catch (Exception exception)
        {
            ConnectionLog.CloseFailed(logger, exception, appName);
        }
    }
}
