namespace RedisBackplane.TestInfrastructure;

/// <summary>
/// A loopback TCP proxy that causes the faults of a network: it cuts connections, refuses new ones, and stalls,
/// swallows and delays bytes, in each direction separately. A fault applies to open connections and to new ones.
/// Thread-safe.
/// </summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly object _lock = new();
    private readonly string _host;
    private volatile int _port;
    private readonly HashSet<ProxyConnection> _connections = [];
    private ClientListener? _listener;
    private int _accepted;
    private bool _disposed;

    private TcpProxy(string host, int port)
    {
        _host = host;
        _port = port;
        Port = LoopbackPort.PickFree();
    }

    /// <summary>The port that clients connect to. It does not change.</summary>
    public int Port { get; }

    /// <summary><c>127.0.0.1:port</c>, which is also a connection string.</summary>
    public string EndPoint => FormattableString.Invariant($"127.0.0.1:{Port}");

    /// <summary>Connections accepted since the start. <see cref="CutAll"/> finds all that are counted.</summary>
    public int AcceptedConnections
    {
        get
        {
            lock (_lock)
            {
                return _accepted;
            }
        }
    }

    public int OpenConnections
    {
        get
        {
            lock (_lock)
            {
                return _connections.Count;
            }
        }
    }

    /// <summary>Bytes passed on to the server; swallowed ones do not count.</summary>
    public long BytesToServer => ToServer.BytesPassed;

    /// <summary>Bytes for the server that were swallowed.</summary>
    public long BytesSwallowed => ToServer.BytesSwallowed;

    /// <summary>Bytes passed on to clients; swallowed ones do not count.</summary>
    public long BytesToClient => ToClient.BytesPassed;

    private ProxyLane ToServer { get; } = new();

    private ProxyLane ToClient { get; } = new();

    /// <summary>Starts a proxy before a server; the server need not run yet.</summary>
    public static TcpProxy Start(string host, int port)
    {
        var proxy = new TcpProxy(host, port);
        proxy.AcceptNew();
        return proxy;
    }

    /// <inheritdoc cref="Start(string, int)"/>
    public static TcpProxy Start(RedisServerProcess server) => Start(RedisServerProcess.Host, server.Port);

    /// <summary>
    /// Closes every open connection at once, with a reset. New ones are accepted, including one that arrives at this
    /// moment. After <see cref="RefuseNew"/>, no connection is served any more.
    /// </summary>
    /// <returns>How many there were.</returns>
    public int CutAll()
    {
        List<ProxyConnection> connections;
        lock (_lock)
        {
            connections = [.. _connections];
        }

        connections.ForEach(connection => connection.Dispose());
        return connections.Count;
    }

    /// <summary>New connections use another server from now on. Open ones do not change.</summary>
    public void Redirect(int port) => _port = port;

    /// <summary>Stops listening: new connections are refused, open ones continue.</summary>
    public void RefuseNew()
    {
        ClientListener? listener;
        lock (_lock)
        {
            (listener, _listener) = (_listener, null);
        }

        listener?.Dispose();
    }

    /// <summary>Accepts new connections again after <see cref="RefuseNew"/>.</summary>
    public void AcceptNew()
    {
        lock (_lock)
        {
            if (_disposed)
            {
                throw new ObjectDisposedException(nameof(TcpProxy));
            }

            _listener ??= new ClientListener(Port, Admit);
        }
    }

    /// <summary>Holds back all bytes until <see cref="Resume"/>, like a full buffer. Nothing is lost.</summary>
    public void Stall(ProxyDirections directions = ProxyDirections.Both) => ForEachLane(directions, lane => lane.SetMode(ProxyMode.Stall));

    /// <summary>
    /// Takes all bytes and discards them, with open connections, like a router that lost its state. After
    /// <see cref="Resume"/>, a stream that lost bytes is not readable: cut it, or let its owner notice.
    /// </summary>
    public void Blackhole(ProxyDirections directions = ProxyDirections.Both) =>
        ForEachLane(directions, lane => lane.SetMode(ProxyMode.Blackhole));

    /// <summary>Delays all bytes by a fixed time, without limiting the throughput; zero ends it.</summary>
    public void Delay(TimeSpan delay, ProxyDirections directions = ProxyDirections.Both) =>
        ForEachLane(directions, lane => lane.SetDelay(delay));

    /// <summary>Limits the bytes per second in each direction, for all connections together; 0 ends it.</summary>
    public void Limit(long bytesPerSecond, ProxyDirections directions = ProxyDirections.Both) =>
        ForEachLane(directions, lane => lane.SetLimit(bytesPerSecond));

    /// <summary>Cuts a connection whose client starts to send a larger argument, as some proxies do.</summary>
    public void CutAbove(long bytes) => ToServer.LargestArgument = bytes;

    /// <summary>Ends every fault: no delay, no limit, and new connections are accepted.</summary>
    public void Resume()
    {
        ForEachLane(ProxyDirections.Both, lane =>
        {
            lane.SetDelay(TimeSpan.Zero);
            lane.SetLimit(0);
            lane.LargestArgument = long.MaxValue;
            lane.SetMode(ProxyMode.Pass);
        });
        AcceptNew();
    }

    /// <summary>Stops listening and cuts every connection.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _disposed = true;
        }

        RefuseNew();
        CutAll();
        await Eventually.BecomesTrueAsync(() => OpenConnections == 0, "the proxy's connections are closed").ConfigureAwait(false);
    }

    private void ForEachLane(ProxyDirections directions, Action<ProxyLane> action)
    {
        if ((directions & ProxyDirections.ToServer) != 0)
        {
            action(ToServer);
        }

        if ((directions & ProxyDirections.ToClient) != 0)
        {
            action(ToClient);
        }
    }

    private void Admit(TcpClient client)
    {
        var connection = new ProxyConnection(client, ToServer, ToClient);
        lock (_lock)
        {
            _connections.Add(connection);
            _accepted++;
        }

        _ = ServeAsync(connection);
    }

    private async Task ServeAsync(ProxyConnection connection)
    {
        try
        {
            await connection.RunAsync(_host, _port).ConfigureAwait(false);
        }
        finally
        {
            lock (_lock)
            {
                _connections.Remove(connection);
            }
        }
    }
}
