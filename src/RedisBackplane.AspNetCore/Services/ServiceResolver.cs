using Microsoft.AspNet.SignalR;

namespace RedisBackplane.AspNetCore.Services;

/// <summary>SignalR's resolver for one host. Services that SignalR does not know come from the application.</summary>
internal sealed class ServiceResolver(IServiceProvider services) : DefaultDependencyResolver
{
    public override object? GetService(Type serviceType) => GetRegistered(serviceType) ?? services.GetService(serviceType);

    /// <summary>The service that SignalR or the application registered with the resolver itself.</summary>
    public object? GetRegistered(Type serviceType) => base.GetService(serviceType);
}

internal static class DependencyResolverExtensions
{
    /// <summary>
    /// The service that SignalR, the application or its own container knows, without the host's services.
    /// </summary>
    public static object? GetRegistered(this IDependencyResolver resolver, Type serviceType) =>
        resolver is ServiceResolver own ? own.GetRegistered(serviceType) : resolver.GetService(serviceType);
}
