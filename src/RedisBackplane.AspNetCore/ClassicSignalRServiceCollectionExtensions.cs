using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.AspNetCore.Cors.Infrastructure;
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
    /// Adds classic ASP.NET SignalR 2.x. The host gets a resolver of its own, which is a service
    /// (<see cref="IDependencyResolver"/>). The host disposes it. Code outside hubs reaches clients through the service
    /// <see cref="IConnectionManager"/>.
    /// </summary>
    /// <param name="services">The services of the application.</param>
    /// <param name="configure">
    /// Fills the options; their defaults are those of an OWIN application. It is called at once, to find out whether
    /// <see cref="GlobalHost"/> will be used, and again when the options are read.
    /// </param>
    /// <returns>A builder for additions to SignalR, such as the Redis backplane.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="services"/> is null.</exception>
    /// <remarks>
    /// Connection tokens are protected with ASP.NET Core Data Protection: the servers of a farm must share its keys and
    /// its application name.
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
            ExpectGlobalHost(configure);
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ClassicSignalROptions>, ClassicSignalROptionsValidator>());
        services.TryAddSingleton(typeof(GuardedLogger<>));
        services.TryAddSingleton<LoggedTraces>();
        services.TryAddSingleton<OwinEnvironment>();
        services.TryAddSingleton<OriginCheck>();
        services.TryAddSingleton<EndpointServices>();
        ObserveCors(services);
        services.TryAddSingleton<DataProtectedTokens>();
        services.TryAddSingleton<TokenLengthWatch>();
        services.TryAddSingleton<ReferencedAssemblies>();
        services.TryAddSingleton<HostResolver>();
        services.TryAddSingleton(provider => provider.GetRequiredService<HostResolver>().Get());
        services.TryAddSingleton(provider => provider.GetRequiredService<HostResolver>().Contexts);
        return new ClassicSignalRBuilder(services);
    }

    // Replaces ASP.NET Core's own service. One that the application wrote stays, and is then not observed.
    private static void ObserveCors(IServiceCollection services)
    {
        services.TryAddTransient<ICorsService, ObservedCors>();
        if (services.Any(service => service.ServiceType == typeof(ICorsService) && service.ImplementationType == typeof(CorsService)))
        {
            services.Replace(ServiceDescriptor.Transient<ICorsService, ObservedCors>());
        }
    }

    // Hub contexts that are taken from GlobalHost from here on can use the bus that is chosen later. The options are
    // read when the resolver is composed; here they are only inspected.
    private static void ExpectGlobalHost(Action<ClassicSignalROptions> configure)
    {
        var options = new ClassicSignalROptions();
        configure(options);
        if (options.UseGlobalHost == true)
        {
            GlobalHostUse.Expect();
        }
    }
}
