using Microsoft.AspNet.SignalR;

namespace RedisBackplane.AspNetCore.Services;

/// <summary>
/// SignalR's resolver for one host. What SignalR does not know is looked up in the application's services.
/// </summary>
internal sealed class ServiceResolver(IServiceProvider services) : DefaultDependencyResolver
{
    public override object? GetService(Type serviceType) => GetRegistered(serviceType) ?? services.GetService(serviceType);

    /// <summary>What SignalR or the application registered with the resolver itself.</summary>
    public object? GetRegistered(Type serviceType) => base.GetService(serviceType);
}

internal static class DependencyResolverExtensions
{
    /// <summary>
    /// What SignalR, the application or a container of the application's own knows, apart from the host's services.
    /// </summary>
    public static object? GetRegistered(this IDependencyResolver resolver, Type serviceType) =>
        resolver is ServiceResolver own ? own.GetRegistered(serviceType) : resolver.GetService(serviceType);
}
