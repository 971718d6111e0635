using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Hubs;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using RedisBackplane.AspNetCore;
using RedisBackplane.AspNetCore.Hubs;
using RedisBackplane.AspNetCore.Requests;
using RedisBackplane.AspNetCore.Services;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps classic ASP.NET SignalR to paths.</summary>
public static class ClassicSignalREndpointRouteBuilderExtensions
{
    /// <summary>Serves the application's hubs, with all transports, under a path; clients are given that path.</summary>
    /// <param name="endpoints">The routes of the application.</param>
    /// <param name="path">The path; <c>/signalr</c> is what the JavaScript client takes where it is told nothing.</param>
    /// <returns>A builder for conventions such as <c>RequireCors</c> and <c>RequireAuthorization</c>.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="InvalidOperationException"><c>AddClassicSignalR</c> was not called, or two hubs have one name.</exception>
    /// <exception cref="NotSupportedException">
    /// A hub has typed clients (<see cref="Hub{T}"/>), which classic SignalR cannot make on .NET 10.
    /// </exception>
    public static IEndpointConventionBuilder MapClassicSignalR(
        this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string path = "/signalr")
    {
        var (resolver, options) = Prepare(endpoints, path);
        TypedHubs.ThrowIfAny(resolver.Resolve<IHubManager>().GetHubs(null));
        var configuration = new HubConfiguration
        {
            Resolver = resolver,
            EnableDetailedErrors = options.EnableDetailedErrors,
            EnableJavaScriptProxies = options.EnableJavaScriptProxies,
            EnableJSONP = options.EnableJsonp,
        };
        return Map(endpoints, path, "hubs", resolver, options, _ => new ScopedHubDispatcher(configuration));
    }

    /// <summary>Serves a persistent connection, with all transports, under a path.</summary>
    /// <typeparam name="TConnection">
    /// The connection. One is made for each request: as SignalR's resolver was told to, else as a service, else with services for the
    /// parameters of its constructor. It may outlive its request, and with it scoped services.
    /// </typeparam>
    /// <param name="endpoints">The routes of the application.</param>
    /// <param name="path">The path, which clients name when they connect.</param>
    /// <returns>A builder for conventions such as <c>RequireCors</c> and <c>RequireAuthorization</c>.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="InvalidOperationException"><c>AddClassicSignalR</c> was not called.</exception>
    public static IEndpointConventionBuilder MapClassicSignalR<TConnection>(
        this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string path)
        where TConnection : PersistentConnection
    {
        var (resolver, options) = Prepare(endpoints, path);
        return Map(endpoints, path, typeof(TConnection).Name, resolver, options, ConnectionFactory.For<TConnection>(resolver));
    }

    private static (ServiceResolver Resolver, ClassicSignalROptions Options) Prepare(IEndpointRouteBuilder endpoints, string path)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(path);
        var services = endpoints.ServiceProvider;
        var resolver = services.GetService<ServiceResolver>()
            ?? throw new InvalidOperationException("Classic SignalR is not among the services: call services.AddClassicSignalR() first.");
        return (resolver, services.GetRequiredService<IOptions<ClassicSignalROptions>>().Value);
    }

    private static IEndpointConventionBuilder Map(
        IEndpointRouteBuilder endpoints,
        string path,
        string name,
        ServiceResolver resolver,
        ClassicSignalROptions options,
        Func<HttpContext, PersistentConnection> makeConnection)
    {
        var environment = endpoints.ServiceProvider.GetRequiredService<OwinEnvironment>();
        var endpoint = new ConnectionEndpoint(resolver, environment, options.EnableJsonp, makeConnection);

        var pipeline = endpoints.CreateApplicationBuilder();
        pipeline.UseWebSockets();
        pipeline.Run(endpoint.InvokeAsync);

        var pattern = RoutePatternFactory.Parse(path.TrimEnd('/') + "/{**classicSignalR}");
        return endpoints.Map(pattern, pipeline.Build())
            .WithDisplayName($"Classic SignalR {name} at {path}")
            // A connection is one long request.
            .WithMetadata(new DisableRequestTimeoutAttribute());
    }
}
