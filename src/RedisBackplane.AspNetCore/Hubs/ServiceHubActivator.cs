using System.Collections.Concurrent;
using Microsoft.AspNet.SignalR.Hubs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace RedisBackplane.AspNetCore.Hubs;

/// <summary>
/// Makes hubs from the application's services: as the resolver was told to, else as a service, else with services for the parameters of its
/// constructor.
/// </summary>
internal sealed class ServiceHubActivator(IServiceProvider services, Func<Type, object?> registered) : IHubActivator
{
    private readonly ILogger _logger = services.GetRequiredService<ILogger<ServiceHubActivator>>();
    private readonly IServiceScopeFactory _scopes = services.GetRequiredService<IServiceScopeFactory>();
    private readonly ConcurrentDictionary<Type, ObjectFactory> _factories = new();

    public IHub Create(HubDescriptor descriptor)
    {
        try
        {
            return Create(descriptor.HubType);
        }
        catch (Exception exception)
        {
            Log.HubNotMade(_logger, descriptor.HubType, exception);
            throw;
        }
    }

    private IHub Create(Type type)
    {
        if (registered(type) is IHub hub)
        {
            return hub;
        }

        // Outside an event nobody would end a scope: the hub gets singletons, or an error that says so.
        var provider = HubScopes.Current?.Add(_scopes) ?? services;
        return (IHub)(provider.GetService(type) ?? Factory(type)(provider, null));
    }

    private ObjectFactory Factory(Type type) =>
        _factories.GetOrAdd(type, static hubType => ActivatorUtilities.CreateFactory(hubType, Type.EmptyTypes));
}
