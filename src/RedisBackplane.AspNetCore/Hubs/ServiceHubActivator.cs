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
    private readonly ILogger _logger = services.GetRequiredService<ILogger<ServiceHubActivator>>();
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
        if (registered(type) is IHub hub)
        {
            return hub;
        }

        // Outside of an event nobody would end a scope. The hub gets singletons, or an error that says so.
        var scopes = HubScopes.Current;
        var provider = scopes?.Add(_scopes) ?? services;
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
