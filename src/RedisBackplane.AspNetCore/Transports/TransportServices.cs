using System.Diagnostics;
using System.Text;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Configuration;
using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.AspNet.SignalR.Tracing;
using Microsoft.AspNet.SignalR.Transports;
using Newtonsoft.Json;
using RedisBackplane.AspNetCore.Requests;
using RedisBackplane.AspNetCore.Services;
using RedisBackplane.AspNetCore.Transports.Heartbeat;
using RedisBackplane.Hubs;

namespace RedisBackplane.AspNetCore.Transports;

/// <summary>What the transports of one host share. SignalR's services are resolved at the first connection.</summary>
internal sealed class TransportServices(IDependencyResolver resolver)
{
    public ITransportHeartbeat Heartbeat { get; } = resolver.Resolve<ITransportHeartbeat>();

    public IPerformanceCounterManager Counters { get; } = resolver.Resolve<IPerformanceCounterManager>();

    public IConfigurationManager Configuration { get; } = resolver.Resolve<IConfigurationManager>();

    /// <summary>Writes responses without prefix and suffix.</summary>
    public ResponseEncoder Encoder { get; } = new();

    public ResponseEncoder EventEncoder { get; } = ServerSentEventsTransport.MakeEncoder();

    public JsonSerializer Serializer => resolver.Resolve<JsonSerializer>();

    public TraceSource TraceOf(string transport) => resolver.Resolve<ITraceManager>()["SignalR.Transports." + transport];

    public void CountError()
    {
        Counters.ErrorsTransportTotal.Increment();
        Counters.ErrorsTransportPerSec.Increment();
        Counters.ErrorsAllTotal.Increment();
        Counters.ErrorsAllPerSec.Increment();
    }

    public static void TraceOutgoing(ClientTransport transport, ReadOnlySpan<byte> message)
    {
        if (transport.Trace.Switch.ShouldTrace(TraceEventType.Verbose))
        {
            transport.Trace.TraceEvent(
                TraceEventType.Verbose, 0, "Sending outgoing message. Connection id: {0}, transport: {1}, message: {2}",
                transport.ConnectionId, transport.GetType().Name, Encoding.UTF8.GetString(message));
        }
    }

    /// <summary>
    /// Replaces SignalR's transports and their heartbeat by those of this package. Forever frame, which only Internet
    /// Explorer uses, stays SignalR's.
    /// </summary>
    /// <param name="isStock">Whether all transports stay SignalR's.</param>
    public static void Register(IDependencyResolver resolver, bool isStock)
    {
        var transports = TransportRegistrations.Of(resolver);
        transports.OrderAnswers(resolver);
        if (isStock)
        {
            return;
        }

        // The application may hold SignalR's, to list the connections.
        if (Registrations.IsStock(resolver, typeof(ITransportHeartbeat))
            && !Registrations.HasMade<TransportHeartbeat>(resolver, typeof(ITransportHeartbeat)))
        {
            var heartbeat = new Lazy<object>(() => new ConnectionHeartbeat(
                resolver.Resolve<IConfigurationManager>(),
                resolver.Resolve<IPerformanceCounterManager>().ConnectionsCurrent,
                resolver.Resolve<ITraceManager>()["SignalR.Transports.TransportHeartBeat"],
                TimeProvider.System));
            resolver.Register(typeof(ITransportHeartbeat), () => heartbeat.Value);
        }

        var services = new Lazy<TransportServices>(() => new TransportServices(resolver));
        transports.Replace(TransportRegistrations.WebSockets, context => new WebSocketTransport(context, services.Value));
        transports.Replace(
            TransportRegistrations.ServerSentEvents,
            context => context.Response is ClassicResponse response
                ? new ServerSentEventsTransport(context, response, services.Value)
                : new AnswerBehindProgress.ServerSentEventsTransport(context, resolver));
        // JSONP wraps responses into script, and few clients use it.
        transports.Replace(
            TransportRegistrations.LongPolling,
            context => context.Response is ClassicResponse response && string.IsNullOrEmpty(context.Request.QueryString["callback"])
                ? new LongPollingTransport(context, response, services.Value)
                : new AnswerBehindProgress.LongPollingTransport(context, resolver));
    }
}
