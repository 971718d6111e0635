using System.Collections.Concurrent;
using StackExchange.Redis.Configuration;

namespace RedisBackplane.TestInfrastructure;

/// <summary>
/// Puts a <see cref="TcpProxy"/> in front of every server that one client of StackExchange.Redis connects to, including
/// those that it finds itself: the nodes of a cluster, or a master named by Sentinels. Faults affect all of them.
/// Thread-safe.
/// </summary>
public sealed class ProxyTunnel : Tunnel, IAsyncDisposable
{
    private readonly ConcurrentDictionary<int, Lazy<TcpProxy>> _proxies = new();
    private volatile bool _refuses;

    public override ValueTask<EndPoint?> GetSocketConnectEndpointAsync(EndPoint endpoint, CancellationToken cancellationToken)
    {
        var port = endpoint is IPEndPoint ip ? ip.Port : ((DnsEndPoint)endpoint).Port;
        var proxy = _proxies.GetOrAdd(port, _ => new Lazy<TcpProxy>(() => TcpProxy.Start(RedisServerProcess.Host, port))).Value;
        if (_refuses)
        {
            proxy.RefuseNew();
        }

        return new ValueTask<EndPoint?>(new IPEndPoint(IPAddress.Loopback, proxy.Port));
    }

    /// <summary>Refuses new connections and closes open ones, until <see cref="Resume"/>.</summary>
    public void CutOff()
    {
        _refuses = true;
        ForEach(proxy => proxy.RefuseNew());
        ForEach(proxy => proxy.CutAll());
    }

    /// <summary>Everything flows again.</summary>
    public void Resume()
    {
        _refuses = false;
        ForEach(proxy => proxy.Resume());
    }

    /// <inheritdoc cref="TcpProxy.Delay"/>
    public void Delay(TimeSpan delay) => ForEach(proxy => proxy.Delay(delay));

    /// <inheritdoc cref="TcpProxy.Blackhole"/>
    public void Blackhole() => ForEach(proxy => proxy.Blackhole());

    /// <summary>The same for one server.</summary>
    /// <param name="port">The server's own port.</param>
    public void Blackhole(int port) => _proxies[port].Value.Blackhole();

    /// <summary>Connections accepted for one server since the start.</summary>
    /// <param name="port">The server's own port.</param>
    public int AcceptedConnections(int port) => _proxies[port].Value.AcceptedConnections;

    public async ValueTask DisposeAsync()
    {
        foreach (var proxy in _proxies.Values)
        {
            await proxy.Value.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void ForEach(Action<TcpProxy> action)
    {
        foreach (var proxy in _proxies.Values)
        {
            action(proxy.Value);
        }
    }
}
