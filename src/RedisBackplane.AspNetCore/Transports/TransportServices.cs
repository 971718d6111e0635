using System.Diagnostics;
using System.Reflection;
using System.Text;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Configuration;
using Microsoft.AspNet.SignalR.Hosting;
using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.AspNet.SignalR.Tracing;
using Microsoft.AspNet.SignalR.Transports;
using Newtonsoft.Json;

namespace RedisBackplane.AspNetCore.Transports;

/// <summary>
/// What the transports of one host share. SignalR's services are taken when the first connection comes.
/// </summary>
internal sealed class TransportServices(IDependencyResolver resolver)
{
    private static readonly FieldInfo? Factories =
        typeof(TransportManager).GetField("_transports", BindingFlags.Instance | BindingFlags.NonPublic);

    public ITransportHeartbeat Heartbeat { get; } = resolver.Resolve<ITransportHeartbeat>();

    public IPerformanceCounterManager Counters { get; } = resolver.Resolve<IPerformanceCounterManager>();

    public IConfigurationManager Configuration { get; } = resolver.Resolve<IConfigurationManager>();

    public ResponseEncoder Encoder { get; } = new();

    public JsonSerializer Serializer => resolver.Resolve<JsonSerializer>();

    public TraceSource TraceOf(string transport) => resolver.Resolve<ITraceManager>()["SignalR.Transports." + transport];

    public void CountError()
    {
        Counters.ErrorsTransportTotal.Increment();
        Counters.ErrorsTransportPerSec.Increment();
        Counters.ErrorsAllTotal.Increment();
        Counters.ErrorsAllPerSec.Increment();
    }

    public static void TraceOutgoing(WebSocketTransport transport, ReadOnlySpan<byte> message)
    {
        if (transport.Trace.Switch.ShouldTrace(TraceEventType.Verbose))
        {
            transport.Trace.TraceEvent(
                TraceEventType.Verbose, 0, "Sending outgoing message. Connection id: {0}, transport: {1}, message: {2}",
                transport.ConnectionId, nameof(WebSocketTransport), Encoding.UTF8.GetString(message));
        }
    }

    /// <summary>
    /// Puts the own transports in the place of SignalR's. One that the application has removed or replaced stays so.
    /// </summary>
    public static void Register(IDependencyResolver resolver)
    {
        if (resolver.Resolve<ITransportManager>() is not TransportManager manager || !HasStock(manager, WebSocketTransport.Name))
        {
            return;
        }

        var services = new Lazy<TransportServices>(() => new TransportServices(resolver));
        manager.Remove(WebSocketTransport.Name);
        manager.Register(WebSocketTransport.Name, context => new WebSocketTransport(context, services.Value));
    }

    // SignalR keeps a function for each transport, and the function's assembly says who wrote it.
    private static bool HasStock(TransportManager manager, string name) =>
        Factories?.GetValue(manager) is IDictionary<string, Func<HostContext, ITransport>> factories
        && factories.TryGetValue(name, out var factory)
        && factory.Method.Module.Assembly == typeof(TransportManager).Assembly;
}
