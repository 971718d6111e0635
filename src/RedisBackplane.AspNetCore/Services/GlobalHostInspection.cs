using System.Collections;
using System.Diagnostics;
using System.Reflection;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Configuration;
using Microsoft.AspNet.SignalR.Hubs;
using Microsoft.AspNet.SignalR.Tracing;
using Microsoft.AspNet.SignalR.Transports;
using RedisBackplane.Hubs;

namespace RedisBackplane.AspNetCore.Services;

/// <summary>Finds what an application changed in GlobalHost, by comparison with an unchanged one.</summary>
internal static class GlobalHostInspection
{
    private static readonly string[] Transports =
    [
        TransportRegistrations.WebSockets,
        TransportRegistrations.ServerSentEvents,
        TransportRegistrations.ForeverFrame,
        TransportRegistrations.LongPolling,
    ];

    public static IReadOnlyList<string> Describe(IDependencyResolver resolver)
    {
        if (resolver.GetType() != typeof(DefaultDependencyResolver))
        {
            return [$"DependencyResolver is a {resolver.GetType()}"];
        }

        return
        [
            .. Registrations.OfTheApplication(resolver).Where(service => service != typeof(LateBus))
                .Select(service => $"DependencyResolver.Register({service.Name})"),
            .. Settings(resolver),
            .. Modules(resolver),
            .. Tracing(resolver),
            .. RemovedTransports(resolver),
            .. Registrations.HasMadeItsBus(resolver) ? ["ConnectionManager: a hub context was taken"] : Array.Empty<string>(),
        ];
    }

    private static IEnumerable<string> Settings(IDependencyResolver resolver)
    {
        var (actual, untouched) = (resolver.Resolve<IConfigurationManager>(), new DefaultConfigurationManager());
        return typeof(IConfigurationManager).GetProperties()
            .Where(property => !Equals(property.GetValue(actual), property.GetValue(untouched)))
            .Select(property => $"Configuration.{property.Name}");
    }

    private static IEnumerable<string> Modules(IDependencyResolver resolver)
    {
        var pipeline = resolver.Resolve<IHubPipeline>();
        var modules = pipeline.GetType().GetField("_modules", BindingFlags.Instance | BindingFlags.NonPublic)?.GetValue(pipeline);
        // The first module is SignalR's own. RequireAuthentication adds another one of the same kind.
        return modules is IEnumerable all
            ? all.Cast<object>().Reverse().Skip(1).Select(module => $"HubPipeline: {module.GetType().Name}")
            : [];
    }

    private static IEnumerable<string> Tracing(IDependencyResolver resolver) =>
        resolver.Resolve<ITraceManager>().Switch.Level == SourceLevels.Off ? [] : ["TraceManager.Switch"];

    private static IEnumerable<string> RemovedTransports(IDependencyResolver resolver)
    {
        var manager = resolver.Resolve<ITransportManager>();
        return Transports.Where(transport => !manager.SupportsTransport(transport)).Select(transport => $"no transport {transport}");
    }
}
