using System.Net;
using System.Net.Sockets;

namespace RedisBackplane.TestInfrastructure;

/// <summary>Free TCP ports on the loopback interface.</summary>
public static class LoopbackPort
{
    // Below the range that systems give to outgoing connections (32768 on Linux, 49152 elsewhere): a port whose server is down for a
    // moment is then not taken by somebody's client, and the server can come back on it.
    private const int First = 20000;
    private const int Last = 32000;
    private const int Attempts = 200;

    private static readonly object Lock = new();
    private static readonly HashSet<int> Given = [];
    private static readonly Random Random = new(Guid.NewGuid().GetHashCode());

    /// <summary>
    /// A port that nothing listens on now and that was not given before in this process. Another process may still take it before its user
    /// does: who starts a server tries again with another.
    /// </summary>
    public static int PickFree()
    {
        lock (Lock)
        {
            for (var attempt = 0; attempt < Attempts; attempt++)
            {
#pragma warning disable CA5394 // Spreads concurrent test runs over the range; nothing secret.
                var port = Random.Next(First, Last);
#pragma warning restore CA5394
                if (!Given.Contains(port) && IsFree(port))
                {
                    Given.Add(port);
                    return port;
                }
            }
        }

        throw new InvalidOperationException($"No free port found from {First} to {Last} in {Attempts} attempts.");
    }

    private static bool IsFree(int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
        finally
        {
            listener.Stop();
        }
    }
}
