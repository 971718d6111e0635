using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Configuration;
using Microsoft.AspNet.SignalR.Hubs;
using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.AspNet.SignalR.Tracing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using RedisBackplane.AspNetCore.Hubs;

namespace RedisBackplane.AspNetCore.Services;

/// <summary>
/// Makes the resolver of a host: SignalR's defaults, ours for what needs .NET Framework, the options, the application's own steps.
/// </summary>
/// <remarks>
/// SignalR's own <c>InitializeHost</c> is not called. It loads Windows performance counters, without which the counters are there and do
/// nothing; and it disposes the resolver as soon as the host begins to stop, under the requests that are still to end. Here the container
/// disposes it.
/// </remarks>
internal static class ResolverFactory
{
    public static ServiceResolver Create(IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<ClassicSignalROptions>>().Value;
        var resolver = new ServiceResolver(services);
        RegisterDefaults(resolver, services, options);
        Apply(options, resolver.Resolve<IConfigurationManager>());
        foreach (var module in services.GetServices<IHubPipelineModule>())
        {
            resolver.Resolve<IHubPipeline>().AddModule(module);
        }

        foreach (var step in services.GetServices<ResolverStep>())
        {
            step.Apply(services, resolver);
        }

        if (options.UseGlobalHost)
        {
            GlobalHost.DependencyResolver = resolver;
        }

        return resolver;
    }

    private static void RegisterDefaults(ServiceResolver resolver, IServiceProvider services, ClassicSignalROptions options)
    {
        var traces = services.GetRequiredService<LoggedTraces>();
        resolver.Register(typeof(ITraceManager), () => traces);

        if (!services.GetRequiredService<IServiceProviderIsService>().IsService(typeof(IPerformanceCounterManager)))
        {
            // The stock ones do nothing without Windows.
            resolver.UseMeterPerformanceCounters();
        }

        var activator = new ServiceHubActivator(services, resolver.GetRegistered);
        resolver.Register(typeof(IHubActivator), () => activator);

        // The stock one takes its services when it is made: after the steps of the application, which may replace them.
        var contexts = new Lazy<HubContexts>(() => new HubContexts(new ConnectionManager(resolver)));
        resolver.Register(typeof(IConnectionManager), () => contexts.Value);
    }

    private static void Apply(ClassicSignalROptions options, IConfigurationManager configuration)
    {
        configuration.TransportConnectTimeout = options.TransportConnectTimeout;
        configuration.ConnectionTimeout = options.ConnectionTimeout;
        // SignalR wants it before the keep-alive, which it bounds.
        configuration.DisconnectTimeout = options.DisconnectTimeout;
        configuration.KeepAlive = options.KeepAlive;
        configuration.DefaultMessageBufferSize = options.DefaultMessageBufferSize;
        configuration.MaxIncomingWebSocketMessageSize = options.MaxIncomingWebSocketMessageSize;
        configuration.LongPollDelay = options.LongPollDelay;
    }
}
