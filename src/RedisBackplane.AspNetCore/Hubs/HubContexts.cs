using System.Collections.Concurrent;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Hubs;
using Microsoft.AspNet.SignalR.Infrastructure;

namespace RedisBackplane.AspNetCore.Hubs;

/// <summary>
/// SignalR's contexts for code outside hubs. There is one for each hub, for all ways to request it: a context is a
/// source of messages, and SignalR keeps order only within a source. Thread-safe.
/// </summary>
/// <param name="resolver">Returns the resolver; called when a context is created.</param>
internal sealed class HubContexts(Func<IDependencyResolver> resolver) : IConnectionManager
{
    private readonly ConcurrentDictionary<string, IHubContext> _hubs = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Type, IHubContext> _hubsByType = new();
    private readonly ConcurrentDictionary<(string Hub, Type Client), object> _typedHubs = new();
    private readonly ConcurrentDictionary<Type, IPersistentConnectionContext> _connections = new();

    public IHubContext GetHubContext<T>()
        where T : IHub => _hubsByType.GetOrAdd(typeof(T), _ => ByName(NameOf(typeof(T))) ?? Stock().GetHubContext<T>());

    public IHubContext GetHubContext(string hubName) => ByName(NameOf(hubName)) ?? Stock().GetHubContext(hubName);

    public IHubContext<TClient> GetHubContext<T, TClient>()
        where T : IHub
        where TClient : class => Typed<TClient>(NameOf(typeof(T)) ?? typeof(T).Name, GetHubContext<T>);

    public IHubContext<TClient> GetHubContext<TClient>(string hubName)
        where TClient : class => Typed<TClient>(NameOf(hubName) ?? hubName, () => GetHubContext(hubName));

    public IPersistentConnectionContext GetConnectionContext<T>()
        where T : PersistentConnection => _connections.GetOrAdd(typeof(T), _ => Stock().GetConnectionContext<T>());

    private IHubContext<TClient> Typed<TClient>(string name, Func<IHubContext> context)
        where TClient : class
    {
        TypedClients.Enable<TClient>();
        return (IHubContext<TClient>)_typedHubs.GetOrAdd((name, typeof(TClient)), _ => new TypedHubContext<TClient>(context()));
    }

    private IHubContext? ByName(string? name) => name is null ? null : _hubs.GetOrAdd(name, Stock().GetHubContext);

    /// <summary>
    /// The hub's own spelling of its name, which is part of the keys of its messages; null for an unknown hub.
    /// </summary>
    private string? NameOf(string hubName) => Manager.GetHub(hubName)?.Name;

    private string? NameOf(Type hub) => Manager.GetHubs(descriptor => descriptor.HubType == hub).FirstOrDefault()?.Name;

    private IHubManager Manager => resolver().Resolve<IHubManager>();

    /// <summary>SignalR's own manager, whose exceptions explain what is wrong with a name.</summary>
    private ConnectionManager Stock() => new(resolver());
}
