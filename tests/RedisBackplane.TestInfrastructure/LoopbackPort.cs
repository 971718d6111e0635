namespace RedisBackplane.TestInfrastructure;

/// <summary>
/// TCP ports on the loopback interface. Each is given only once. Test processes run at the same time, and a server is
/// stopped and comes back on its port, so a process reserves blocks of ports. The process binds the first port of a
/// block for its whole life, and no other test process uses a block whose first port is bound. Other programs may still
/// use a port, so code that starts a server must try another port if necessary.
/// </summary>
public static class LoopbackPort
{
    // Below the range of outgoing connections (from 32768 on Linux, 49152 elsewhere), so that no client takes a port
    // whose server is down for a moment.
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
        // Starts anywhere in the range, so that processes that begin together do not try the same blocks.
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
