using System.Collections.Concurrent;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Hubs;
using Microsoft.AspNet.SignalR.Infrastructure;

namespace RedisBackplane.AspNetCore.Hubs;

/// <summary>
/// SignalR's contexts for code outside hubs, each made once for a hub type or name: a context is a source of messages, and SignalR keeps
/// order only within a source. Typed contexts are refused, as typed hubs are.
/// </summary>
internal sealed class HubContexts(IConnectionManager inner) : IConnectionManager
{
    private readonly ConcurrentDictionary<Type, IHubContext> _hubsByType = new();
    private readonly ConcurrentDictionary<string, IHubContext> _hubsByName = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<Type, IPersistentConnectionContext> _connections = new();

    public IHubContext GetHubContext<T>()
        where T : IHub => _hubsByType.GetOrAdd(typeof(T), _ => inner.GetHubContext<T>());

    public IHubContext GetHubContext(string hubName) => _hubsByName.GetOrAdd(hubName, inner.GetHubContext);

    public IPersistentConnectionContext GetConnectionContext<T>()
        where T : PersistentConnection => _connections.GetOrAdd(typeof(T), _ => inner.GetConnectionContext<T>());

    public IHubContext<TClient> GetHubContext<T, TClient>()
        where T : IHub
        where TClient : class => throw TypedHubs.NoTypedContext(typeof(TClient));

    public IHubContext<TClient> GetHubContext<TClient>(string hubName)
        where TClient : class => throw TypedHubs.NoTypedContext(typeof(TClient));
}
