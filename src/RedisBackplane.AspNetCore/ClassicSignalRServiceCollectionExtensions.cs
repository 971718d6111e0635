using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Hubs;
using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using RedisBackplane.AspNetCore;
using RedisBackplane.AspNetCore.Hubs;
using RedisBackplane.AspNetCore.Requests;
using RedisBackplane.AspNetCore.Services;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds classic ASP.NET SignalR to the services of an ASP.NET Core application.</summary>
public static class ClassicSignalRServiceCollectionExtensions
{
    /// <summary>
    /// Adds classic ASP.NET SignalR 2.x. The host gets a resolver of its own, which is a service (<see cref="IDependencyResolver"/>) and
    /// disposed with the host; code outside hubs reaches clients through the service <see cref="IConnectionManager"/>.
    /// </summary>
    /// <param name="services">The services of the application.</param>
    /// <param name="configure">Fills the options; their defaults are those of an OWIN application.</param>
    /// <returns>A builder for what is added to SignalR, such as the Redis backplane.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="services"/> is null.</exception>
    /// <remarks>
    /// Connection tokens are protected with ASP.NET Core Data Protection: the servers of a farm must share its keys and its application
    /// name.
    /// </remarks>
    public static IClassicSignalRBuilder AddClassicSignalR(
        this IServiceCollection services, Action<ClassicSignalROptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);

        services.AddDataProtection();
        services.AddLogging();
        services.AddOptions<ClassicSignalROptions>().ValidateOnStart();
        if (configure is not null)
        {
            services.Configure(configure);
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ClassicSignalROptions>, ClassicSignalROptionsValidator>());
        services.TryAddSingleton<LoggedTraces>();
        services.TryAddSingleton<OwinEnvironment>();
        services.TryAddSingleton<IProtectedData, DataProtectedTokens>();
        services.TryAddSingleton<IAssemblyLocator, ReferencedAssemblies>();
        services.TryAddSingleton(ResolverFactory.Create);
        services.TryAddSingleton<IDependencyResolver>(provider => provider.GetRequiredService<ServiceResolver>());
        services.TryAddSingleton(provider => provider.GetRequiredService<IDependencyResolver>().Resolve<IConnectionManager>());
        return new ClassicSignalRBuilder(services);
    }
}
