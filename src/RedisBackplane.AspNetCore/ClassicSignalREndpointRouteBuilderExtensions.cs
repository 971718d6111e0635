using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Hubs;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using RedisBackplane.AspNetCore;
using RedisBackplane.AspNetCore.Hubs;
using RedisBackplane.AspNetCore.Hubs.Dispatch;
using RedisBackplane.AspNetCore.Requests;
using RedisBackplane.AspNetCore.Services;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps classic ASP.NET SignalR to paths.</summary>
public static class ClassicSignalREndpointRouteBuilderExtensions
{
    private const string DefaultPath = "/signalr";

    /// <summary>
    /// Serves the application's hubs at <c>/signalr</c>, which is the default of the JavaScript client, with all
    /// transports.
    /// </summary>
    /// <param name="endpoints">The routes of the application.</param>
    /// <returns>A builder for conventions such as <c>RequireCors</c> and <c>RequireAuthorization</c>.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="endpoints"/> is null.</exception>
    /// <exception cref="InvalidOperationException">
    /// <c>AddClassicSignalR</c> was not called; two hubs have one name; the interface of a typed hub breaks SignalR's
    /// rules; or the application has configured <see cref="GlobalHost"/>, which this host does not use.
    /// </exception>
    public static IEndpointConventionBuilder MapClassicSignalR(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapClassicSignalR(DefaultPath);

    /// <summary>
    /// Serves the application's hubs, with all transports, under a path. Clients must be configured with that path.
    /// </summary>
    /// <param name="endpoints">The routes of the application.</param>
    /// <param name="path">The path.</param>
    /// <returns>A builder for conventions such as <c>RequireCors</c> and <c>RequireAuthorization</c>.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="InvalidOperationException">
    /// <c>AddClassicSignalR</c> was not called; two hubs have one name; the interface of a typed hub breaks SignalR's
    /// rules; or the application has configured <see cref="GlobalHost"/>, which this host does not use.
    /// </exception>
    public static IEndpointConventionBuilder MapClassicSignalR(
        this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string path)
    {
        var (resolver, options) = Prepare(endpoints, path);
        var configuration = new HubConfiguration
        {
            Resolver = resolver,
            EnableDetailedErrors = options.EnableDetailedErrors,
            EnableJavaScriptProxies = options.EnableJavaScriptProxies,
            EnableJSONP = options.EnableJsonp,
        };
        return MapHubs(endpoints, path, configuration);
    }

    /// <summary>
    /// Serves the application's hubs at <c>/signalr</c>, with the settings that an OWIN application gave to
    /// <c>MapSignalR</c>.
    /// </summary>
    /// <param name="endpoints">The routes of the application.</param>
    /// <param name="configuration">The settings.</param>
    /// <returns>A builder for conventions such as <c>RequireCors</c> and <c>RequireAuthorization</c>.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="InvalidOperationException">
    /// <c>AddClassicSignalR</c> was not called; two hubs have one name; the interface of a typed hub breaks SignalR's
    /// rules; or the application has configured <see cref="GlobalHost"/>, which this host does not use.
    /// </exception>
    public static IEndpointConventionBuilder MapClassicSignalR(this IEndpointRouteBuilder endpoints, HubConfiguration configuration) =>
        endpoints.MapClassicSignalR(DefaultPath, configuration);

    /// <summary>Serves the application's hubs under a path, with settings for this path.</summary>
    /// <param name="endpoints">The routes of the application.</param>
    /// <param name="path">The path.</param>
    /// <param name="configuration">
    /// The settings of this path, instead of those of <see cref="ClassicSignalROptions"/>. If it has a <c>Resolver</c>
    /// of its own, that one has its own hubs, pipeline and bus: choose a backplane for it with <c>UseRedis</c>.
    /// </param>
    /// <returns>A builder for conventions such as <c>RequireCors</c> and <c>RequireAuthorization</c>.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="InvalidOperationException">
    /// <c>AddClassicSignalR</c> was not called; two hubs have one name; the interface of a typed hub breaks SignalR's
    /// rules; or the application has configured <see cref="GlobalHost"/>, which this host does not use.
    /// </exception>
    public static IEndpointConventionBuilder MapClassicSignalR(
        this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string path, HubConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return MapHubs(endpoints, path, new HubConfiguration
        {
            Resolver = Resolver(endpoints, path, configuration),
            EnableDetailedErrors = configuration.EnableDetailedErrors,
            EnableJavaScriptProxies = configuration.EnableJavaScriptProxies,
            EnableJSONP = configuration.EnableJSONP,
        });
    }

    /// <summary>Serves a persistent connection, with all transports, under a path.</summary>
    /// <typeparam name="TConnection">
    /// The connection. One is created for each request: by SignalR's resolver if it has a registration, otherwise as a
    /// service, otherwise with services for the parameters of its constructor. It may outlive its request, and with it
    /// scoped services.
    /// </typeparam>
    /// <param name="endpoints">The routes of the application.</param>
    /// <param name="path">The path, which clients name when they connect.</param>
    /// <returns>A builder for conventions such as <c>RequireCors</c> and <c>RequireAuthorization</c>.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="InvalidOperationException">
    /// <c>AddClassicSignalR</c> was not called, or the application has configured <see cref="GlobalHost"/>, which this
    /// host does not use.
    /// </exception>
    public static IEndpointConventionBuilder MapClassicSignalR<TConnection>(
        this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string path)
        where TConnection : PersistentConnection
    {
        var (resolver, options) = Prepare(endpoints, path);
        return MapConnection<TConnection>(endpoints, path, resolver, options.EnableJsonp);
    }

    /// <summary>Serves a persistent connection under a path, with settings for this path.</summary>
    /// <typeparam name="TConnection">The connection, as without settings.</typeparam>
    /// <param name="endpoints">The routes of the application.</param>
    /// <param name="path">The path, which clients name when they connect.</param>
    /// <param name="configuration">The settings of this path.</param>
    /// <returns>A builder for conventions such as <c>RequireCors</c> and <c>RequireAuthorization</c>.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="InvalidOperationException">
    /// <c>AddClassicSignalR</c> was not called, or the application has configured <see cref="GlobalHost"/>, which this
    /// host does not use.
    /// </exception>
    public static IEndpointConventionBuilder MapClassicSignalR<TConnection>(
        this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string path, ConnectionConfiguration configuration)
        where TConnection : PersistentConnection
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return MapConnection<TConnection>(endpoints, path, Resolver(endpoints, path, configuration), configuration.EnableJSONP);
    }

    private static IEndpointConventionBuilder MapHubs(IEndpointRouteBuilder endpoints, string path, HubConfiguration configuration)
    {
        var services = endpoints.ServiceProvider;
        var hubs = configuration.Resolver.Resolve<IHubManager>().GetHubs(null).ToList();
        TypedClients.Enable(hubs);
        LogFound(Logger(services), path, hubs);
        var logger = services.GetRequiredService<GuardedLogger<ScopedHubDispatcher>>();
        var calls = services.GetRequiredService<IOptions<ClassicSignalROptions>>().Value.UseStockHubDispatcher
            ? null
            : new HubCalls(configuration.Resolver);
        return Map(
            endpoints, path, "hubs", configuration.Resolver, configuration.EnableJSONP,
            _ => new ScopedHubDispatcher(configuration, logger, calls));
    }

    private static IEndpointConventionBuilder MapConnection<TConnection>(
        IEndpointRouteBuilder endpoints, string path, IDependencyResolver resolver, bool enableJsonp)
        where TConnection : PersistentConnection => Map(
            endpoints, path, typeof(TConnection).Name, resolver, enableJsonp,
            ConnectionFactory.For<TConnection>(resolver, endpoints.ServiceProvider));

    private static (IDependencyResolver Resolver, ClassicSignalROptions Options) Prepare(IEndpointRouteBuilder endpoints, string path)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(path);
        var services = endpoints.ServiceProvider;
        if (services.GetService<HostResolver>() is null)
        {
            throw new InvalidOperationException("Classic SignalR is not among the services: call services.AddClassicSignalR() first.");
        }

        return (services.GetRequiredService<IDependencyResolver>(), services.GetRequiredService<IOptions<ClassicSignalROptions>>().Value);
    }

    /// <summary>
    /// The resolver of a configuration. If it names none, it returns GlobalHost's; the host's own is used instead.
    /// </summary>
    private static IDependencyResolver Resolver(IEndpointRouteBuilder endpoints, string path, ConnectionConfiguration configuration)
    {
        var (resolver, _) = Prepare(endpoints, path);
        if (ReferenceEquals(configuration.Resolver, resolver) || GlobalHostUse.IsGlobalHosts(configuration.Resolver))
        {
            return resolver;
        }

        endpoints.ServiceProvider.GetRequiredService<HostResolver>().Adopt(configuration.Resolver);
        return configuration.Resolver;
    }

    private static IEndpointConventionBuilder Map(
        IEndpointRouteBuilder endpoints,
        string path,
        string name,
        IDependencyResolver resolver,
        bool enableJsonp,
        Func<HttpContext, PersistentConnection> makeConnection)
    {
        var services = endpoints.ServiceProvider;
        var endpoint = new ConnectionEndpoint(
            resolver, services.GetRequiredService<EndpointServices>(), enableJsonp, makeConnection);

        var pipeline = endpoints.CreateApplicationBuilder();
        pipeline.UseWebSockets();
        pipeline.Run(endpoint.InvokeAsync);

        var pattern = RoutePatternFactory.Parse(path.TrimEnd('/') + "/{**classicSignalR}");
        return endpoints.Map(pattern, pipeline.Build())
            .WithDisplayName($"Classic SignalR {name} at {path}")
            // Clients read the status of an answer. They cannot use a login page.
            .DisableCookieRedirect()
            // A connection is one long request.
            .WithMetadata(new DisableRequestTimeoutAttribute());
    }

    private static void LogFound(GuardedLogger logger, string path, List<HubDescriptor> hubs)
    {
        if (logger.IsEnabled(LogLevel.Information))
        {
            var found = hubs.GroupBy(hub => hub.HubType.Assembly.GetName().Name)
                .Select(group => $"{string.Join(", ", group.Select(hub => hub.Name))} of {group.Key}");
            Log.HubsFound(logger, path, hubs.Count == 0 ? "none" : string.Join("; ", found));
        }
    }

    private static GuardedLogger Logger(IServiceProvider services) =>
        new GuardedLogger(
            services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(ClassicSignalROptions).Namespace + ".ClassicSignalR"));
}
