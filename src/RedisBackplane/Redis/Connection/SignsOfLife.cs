using System.Net;
using StackExchange.Redis;

namespace RedisBackplane.Redis.Connection;

/// <summary>
/// What shows that a connection lives although no call is answered: bytes that arrive, and bytes of calls that leave.
/// Thread-safe.
/// </summary>
internal sealed class SignsOfLife(RedisConnection connection, SocketTraffic traffic)
{
    /// <summary>How much longer than usual an answer may take, because of what is in flight.</summary>
    public TimeSpan ExpectedDelay => connection.Pace.Expected(isTraced: traffic.Of(ConnectionType.Interactive).Sent > 0);

    /// <summary>
    /// Counts the signs of life of the connection for commands, from now on: what arrives, and what leaves of the calls
    /// that are in flight now. What is sent later proves nothing: a dead connection may accept it.
    /// </summary>
    /// <param name="server">The server whose connection it is; null if there is one.</param>
    public Func<long> OfCommands(EndPoint? server)
    {
        var (inFlight, before) = (connection.Pace.Uploads, traffic.Of(ConnectionType.Interactive, server).Sent);
        return () =>
        {
            var (received, sent) = traffic.Of(ConnectionType.Interactive, server);
            return received + Math.Max(0, Math.Min(inFlight, sent - before));
        };
    }

    /// <summary>Counts the signs of life of the connection of the channels, except their payloads.</summary>
    /// <inheritdoc cref="OfCommands"/>
    public Func<long> OfChannels(EndPoint? server) => () => traffic.Of(ConnectionType.Subscription, server).Received;
}
