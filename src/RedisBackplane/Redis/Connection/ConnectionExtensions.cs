using Microsoft.Extensions.Logging;
using RedisBackplane.Timing;
using StackExchange.Redis;

namespace RedisBackplane.Redis.Connection;

/// <summary>What the client library knows of a connection's servers, and the end of a connection. Stateless.</summary>
internal static class ConnectionExtensions
{
    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(10);

    /// <summary>Makes the client library look up the servers and their roles.</summary>
    /// <exception cref="TimeoutException">The client library has not ended it within ten seconds.</exception>
    public static async Task LookAtServersAsync(this IConnectionMultiplexer connection, TimeProvider time)
    {
        var look = connection.ConfigureAsync();
        if (!await look.EndsWithin(LongestLook, time).ConfigureAwait(false))
        {
            throw new TimeoutException($"The client library has not looked up the servers within {LongestLook.TotalSeconds} s.");
        }

        await look.ConfigureAwait(false);
    }

    /// <summary>Whether the servers divide the keys among themselves.</summary>
    public static bool AreCluster(this IConnectionMultiplexer connection) =>
        Array.Exists(connection.GetServers(), static server => server.ServerType == ServerType.Cluster);

    /// <summary>Whether one socket carries calls and channels, as with RESP3.</summary>
    public static bool SpeakResp3(this IConnectionMultiplexer connection) =>
        Array.Exists(connection.GetServers() ?? [], static server => server.IsConnected && server.Protocol == RedisProtocol.Resp3);

    /// <summary>Cancels a token at which code of the application may have left a callback that throws.</summary>
    public static void CancelGuarded(this CancellationTokenSource source, ILogger logger, string appName)
    {
        try
        {
            source.Cancel();
        }
        catch (AggregateException exception)
        {
            ConnectionLog.CloseFailed(logger, exception, appName);
        }
    }

    /// <summary>Closes the connection without waiting for commands: on a dead one they would not end.</summary>
    public static void End(this IConnectionMultiplexer connection, ILogger logger, string appName)
    {
        // Close can throw halfway (a null reference inside the client library). Then Dispose ends what it still can.
        Try(() => connection.Close(allowCommandsToComplete: false));
        Try(connection.Dispose);

        void Try(Action end)
        {
            try
            {
                end();
            }
            catch (Exception exception)
            {
                ConnectionLog.CloseFailed(logger, exception, appName);
            }
        }
    }
}
