namespace RedisBackplane.TestInfrastructure;

/// <summary>
/// A loopback TCP proxy before a server of a network that can fall apart into two halves. A client belongs to a half by
/// the address that it connects from. While the network is split, the bytes of clients of the other half are swallowed.
/// Thread-safe.
/// </summary>
public sealed class BorderProxy : IDisposable
{
    /// <summary>Clients and servers of the far half connect from this address, all others from another one.</summary>
    public static readonly IPAddress Far = IPAddress.Parse("127.0.0.2");

    private readonly object _gate = new();
    private readonly bool _isFar;
    private readonly ProxyLane _toServer = new();
    private readonly ProxyLane _toClient = new();
    private readonly ProxyLane _across = new();
    private readonly Dictionary<ProxyConnection, bool> _connections = [];
    private readonly ClientListener _listener;
    private int? _server;

    private BorderProxy(bool isFar)
    {
        _isFar = isFar;
        Port = LoopbackPort.PickFree();
        _listener = new ClientListener(Port, Accept);
    }

    public int Port { get; }

    /// <summary>Starts a proxy. It closes connections until <see cref="LeadTo"/>.</summary>
    /// <param name="isFar">Whether the server belongs to the far half.</param>
    public static BorderProxy Start(bool isFar) => new(isFar);

    /// <summary>Sets the port of the server.</summary>
    public void LeadTo(int port)
    {
        lock (_gate)
        {
            _server = port;
        }
    }

    /// <summary>Swallows all bytes between the server and clients of the other half.</summary>
    public void Split() => _across.SetMode(ProxyMode.Blackhole);

    /// <summary>Ends the split. Connections that lost bytes are closed.</summary>
    public void Heal()
    {
        List<ProxyConnection> across;
        lock (_gate)
        {
            across = [.. _connections.Where(static connection => connection.Value).Select(static connection => connection.Key)];
            _across.SetMode(ProxyMode.Pass);
        }

        across.ForEach(static connection => connection.Dispose());
    }

    public void Dispose()
    {
        _listener.Dispose();
        List<ProxyConnection> connections;
        lock (_gate)
        {
            connections = [.. _connections.Keys];
        }

        connections.ForEach(static connection => connection.Dispose());
    }

    private void Accept(TcpClient client)
    {
        var isAcross = client.Client.RemoteEndPoint is IPEndPoint from && from.Address.Equals(Far) != _isFar;
        var connection = isAcross ? new ProxyConnection(client, _across, _across) : new ProxyConnection(client, _toServer, _toClient);
        int? server;
        lock (_gate)
        {
            server = _server;
            _connections.Add(connection, isAcross);
        }

        _ = ServeAsync(connection, server);
    }

    private async Task ServeAsync(ProxyConnection connection, int? server)
    {
        try
        {
            if (server is { } port)
            {
                await connection.RunAsync(RedisServerProcess.Host, port).ConfigureAwait(false);
            }
        }
        finally
        {
            connection.Dispose();
            lock (_gate)
            {
                _connections.Remove(connection);
            }
        }
    }
}
