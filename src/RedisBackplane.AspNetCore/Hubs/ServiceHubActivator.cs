using System.Collections.Concurrent;
using Microsoft.AspNet.SignalR.Hubs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RedisBackplane.AspNetCore.Services;

namespace RedisBackplane.AspNetCore.Hubs;

/// <summary>
/// Creates hubs: by SignalR's resolver if it has a registration, otherwise as a service, otherwise with services for
/// the parameters of the constructor.
/// </summary>
internal sealed class ServiceHubActivator(IServiceProvider services, Func<Type, object?> registered) : IHubActivator
{
    private readonly ILogger _logger = services.GetRequiredService<GuardedLogger<ServiceHubActivator>>();
    private readonly IServiceScopeFactory _scopes = services.GetRequiredService<IServiceScopeFactory>();
    private readonly ConstructorChoice _constructors = new(services.GetRequiredService<IServiceProviderIsService>());
    private readonly ConcurrentDictionary<Type, Lazy<Func<IServiceProvider, object>>> _factories = new();

    public IHub Create(HubDescriptor descriptor)
    {
        try
        {
            return Create(descriptor.HubType);
        }
        catch (Exception exception)
        {
            Log.HubNotMade(_logger, descriptor.HubType, exception.Message, exception);
            throw new HubCreationException(descriptor.HubType, exception);
        }
    }

    private IHub Create(Type type)
    {
        var scopes = HubScopes.Current;
        if (registered(type) is IHub hub)
        {
            scopes?.Add(hub);
            return hub;
        }

        // Outside of an event (IHubManager.ResolveHub) nobody ends the scope. It is collected together with the hub,
        // whereas the root would keep what it creates, and share scoped services among all threads.
        var provider = scopes?.Add(_scopes) ?? _scopes.CreateScope().ServiceProvider;
        if (provider.GetService(type) is IHub service)
        {
            return service;
        }

        var made = (IHub)Factory(type)(provider);
        scopes?.Add(made);
        return made;
    }

    private Func<IServiceProvider, object> Factory(Type type) =>
        _factories.GetOrAdd(type, hub => new Lazy<Func<IServiceProvider, object>>(() => _constructors.For(hub))).Value;
}
