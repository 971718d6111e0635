using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Hubs;
using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.AspNet.SignalR.Messaging;
using Microsoft.AspNet.SignalR.Tracing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Newtonsoft.Json;
using RedisBackplane.AspNetCore.Hubs;
using RedisBackplane.AspNetCore.Hubs.Dispatch;
using RedisBackplane.AspNetCore.Transports;
using RedisBackplane.Hubs;

namespace RedisBackplane.AspNetCore.Services;

/// <summary>
/// Registers what a resolver needs in this host: the application's services instead of SignalR's, and ours if SignalR's
/// own need .NET Framework. What the application registered with the resolver itself stays.
/// </summary>
internal static class ResolverDefaults
{
    private static readonly Type[] Replaceable =
    [
        typeof(IAssemblyLocator), typeof(IParameterResolver), typeof(IJavaScriptMinifier), typeof(IJavaScriptProxyGenerator),
        typeof(JsonSerializer), typeof(IProtectedData), typeof(IPerformanceCounterManager),
    ];

    public static void Register(IDependencyResolver resolver, IServiceProvider services, HubContexts contexts)
    {
        RegisterOwn(resolver, services);
        RegisterIfStock(resolver, typeof(IConnectionManager), () => contexts);
        RegisterServices(resolver, services);
        TransportServices.Register(resolver, services.GetRequiredService<IOptions<ClassicSignalROptions>>().Value.UseStockTransports);
    }

    /// <summary>Registers a bus that can be handed out before the application has chosen one.</summary>
    /// <returns>
    /// The bus; null if SignalR has handed out its own already, or if the application has chosen one.
    /// </returns>
    public static LateBus? RegisterLateBus(IDependencyResolver resolver)
    {
        if (resolver.GetService(typeof(LateBus)) is LateBus existing)
        {
            return existing;
        }

        if (resolver is not DefaultDependencyResolver
            || !Registrations.IsStock(resolver, typeof(IMessageBus)) || Registrations.HasMadeItsBus(resolver))
        {
            return null;
        }

        var late = new LateBus();
        resolver.Register(typeof(LateBus), () => late);
        resolver.Register(typeof(IMessageBus), late.Self);
        return late;
    }

    /// <summary>
    /// Ends the composition: the bus that is registered now is final, and the application has its serializer.
    /// </summary>
    public static void Complete(IDependencyResolver resolver, LateBus? late, ClassicSignalROptions options, ILogger logger)
    {
        if (resolver.GetService(typeof(RedisMessageBus)) is null)
        {
            // UseRedis adds its own.
            ProgressBeforeResult.AddTo(resolver);
        }

        AddModules(resolver, options.UseStockHubDispatcher, logger);
        var tokens = new BoundTokens(resolver.Resolve<IProtectedData>());
        resolver.Register(typeof(IProtectedData), () => tokens);
        ProtectNames(resolver);
        if (late is null)
        {
            return;
        }

        if (Registrations.IsFrom(resolver, typeof(IMessageBus), late))
        {
            var stock = new Lazy<IMessageBus>(() => new MessageBus(resolver));
            resolver.Register(typeof(IMessageBus), () => stock.Value);
        }

        late.Bind(resolver.Resolve<IMessageBus>);
    }

    private static void ProtectNames(IDependencyResolver resolver)
    {
        var serializer = ProtocolNames.Protect(resolver.Resolve<JsonSerializer>());
        if (Registrations.ActivatorOf(resolver, typeof(JsonSerializer)) is { } create
            && !ReferenceEquals(serializer, resolver.Resolve<JsonSerializer>()))
        {
            resolver.Register(typeof(JsonSerializer), () => ProtocolNames.Protect((JsonSerializer)create()));
        }
    }

    private static void RegisterOwn(IDependencyResolver resolver, IServiceProvider services)
    {
        if (Registrations.IsStock(resolver, typeof(ITraceManager)))
        {
            var traces = resolver is ServiceResolver ? services.GetRequiredService<LoggedTraces>() : LoggedTraces(resolver, services);
            resolver.Register(typeof(ITraceManager), () => traces);
        }

        if (Registrations.IsStock(resolver, typeof(IPerformanceCounterManager)))
        {
            // SignalR's own do nothing without Windows.
            resolver.UseMeterPerformanceCounters();
        }

        RegisterIfStock(resolver, typeof(IAssemblyLocator), services.GetRequiredService<ReferencedAssemblies>);
        RegisterIfStock(resolver, typeof(IProtectedData), services.GetRequiredService<DataProtectedTokens>);

        var activator = new ServiceHubActivator(services, resolver.GetRegistered);
        RegisterIfStock(resolver, typeof(IHubActivator), () => activator);

        // If a hub context was taken before, SignalR's own providers have searched for hubs and taken their activator
        // already.
        var descriptors = new Lazy<object>(() => new ReflectedHubDescriptorProvider(resolver));
        RegisterIfStock(resolver, typeof(IHubDescriptorProvider), () => descriptors.Value);
        var methods = new HubMethodDescriptions();
        RegisterIfStock(resolver, typeof(IMethodDescriptorProvider), () => methods);
        var manager = new Lazy<object>(() => new DefaultHubManager(resolver));
        RegisterIfStock(resolver, typeof(IHubManager), () => manager.Value);
    }

    private static void RegisterServices(IDependencyResolver resolver, IServiceProvider services)
    {
        var known = services.GetRequiredService<IServiceProviderIsService>();
        foreach (var type in Replaceable.Where(known.IsService))
        {
            resolver.Register(type, () => services.GetRequiredService(type));
        }

        if (known.IsService(typeof(IUserIdProvider)))
        {
            var users = new RequestUserIds(services);
            resolver.Register(typeof(IUserIdProvider), () => users);
        }
    }

    // The module that is added last is the innermost: the application's modules see what the method returns.
    private static void AddModules(IDependencyResolver resolver, bool isStock, ILogger logger)
    {
        var pipeline = resolver.Resolve<IHubPipeline>();
        try
        {
            pipeline.AddModule(new ValueTaskResults());
            if (!isStock)
            {
                pipeline.AddModule(new CompiledOnce()).AddModule(new PlainMessages(resolver));
                LeanAuthorization.PutInPlace(pipeline);
            }
        }
        catch (InvalidOperationException)
        {
            Log.PipelineClosed(logger);
        }
    }

    private static LoggedTraces LoggedTraces(IDependencyResolver resolver, IServiceProvider services) => new(
        services.GetRequiredService<ILoggerFactory>(),
        services.GetRequiredService<IOptionsMonitor<LoggerFilterOptions>>(),
        resolver.Resolve<ITraceManager>());

    private static void RegisterIfStock(IDependencyResolver resolver, Type service, Func<object> activator)
    {
        if (Registrations.IsStock(resolver, service))
        {
            resolver.Register(service, activator);
        }
    }
}
