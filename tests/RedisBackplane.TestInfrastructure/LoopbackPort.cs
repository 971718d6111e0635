using System.Net;
using System.Net.Sockets;

namespace RedisBackplane.TestInfrastructure;

/// <summary>
/// TCP ports on the loopback interface, each given once. Test processes run side by side, and a server is stopped and
/// comes back on its port: so a process reserves ports by the block. The first port of a block is bound by the process
/// as long as it lives, and no other test process takes from a block whose first port is bound. Programs that know
/// nothing of this may still hold a port: who starts a server tries again with another.
/// </summary>
public static class LoopbackPort
{
    // Below the range that systems give to outgoing connections (32768 on Linux, 49152 elsewhere): a port whose server
    // is down for a moment is then not taken by somebody's client.
    private const int First = 20000;
    private const int Blocks = 120;
    private const int BlockSize = 100;

    private static readonly object Lock = new();
    private static readonly List<TcpListener> Reserved = [];
    private static int _next;
    private static int _end;

    /// <summary>A port of this process that nothing listens on now.</summary>
    public static int PickFree()
    {
        lock (Lock)
        {
            while (true)
            {
                if (_next == _end)
                {
                    ReserveBlock();
                }

                var port = _next++;
                if (ChildProcess.WhileNoneStarts(() => IsFree(port)))
                {
                    return port;
                }
            }
        }
    }

    private static void ReserveBlock()
    {
        // From anywhere in the range: processes that begin together do not go through the same blocks.
        var start = Guid.NewGuid().ToByteArray()[0] % Blocks;
        for (var i = 0; i < Blocks; i++)
        {
            var first = First + ((start + i) % Blocks * BlockSize);
            if (TryListen(first) is { } listener)
            {
                Reserved.Add(listener);
                (_next, _end) = (first + 1, first + BlockSize);
                return;
            }
        }

        throw new InvalidOperationException($"Every block of ports from {First} to {First + (Blocks * BlockSize)} is taken.");
    }

    private static bool IsFree(int port)
    {
        var listener = TryListen(port);
        listener?.Stop();
        return listener is not null;
    }

    private static TcpListener? TryListen(int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return listener;
        }
        catch (SocketException)
        {
            listener.Stop();
            return null;
        }
    }
}
