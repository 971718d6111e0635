using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Hubs;
using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Newtonsoft.Json;

namespace RedisBackplane.AspNetCore.Services;

/// <summary>
/// SignalR's resolver for one host. Those of SignalR's services that applications replace are taken from the application's services where
/// they are registered there; what SignalR does not know at all is looked up there too.
/// </summary>
internal sealed class ServiceResolver : DefaultDependencyResolver
{
    private static readonly Type[] Replaceable =
    [
        typeof(IUserIdProvider), typeof(IAssemblyLocator), typeof(IParameterResolver), typeof(IJavaScriptMinifier),
        typeof(IJavaScriptProxyGenerator), typeof(JsonSerializer), typeof(IProtectedData),
        typeof(IPerformanceCounterManager),
    ];

    private readonly IServiceProvider _services;

    public ServiceResolver(IServiceProvider services)
    {
        _services = services;
        var known = services.GetRequiredService<IServiceProviderIsService>();
        foreach (var type in Replaceable.Where(known.IsService))
        {
            Register(type, () => services.GetRequiredService(type));
        }
    }

    public override object? GetService(Type serviceType) => GetRegistered(serviceType) ?? _services.GetService(serviceType);

    /// <summary>What SignalR or the application registered with the resolver itself.</summary>
    public object? GetRegistered(Type serviceType) => base.GetService(serviceType);
}
