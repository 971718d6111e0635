using System.Diagnostics.Metrics;
using System.Globalization;
using RedisBackplane.Telemetry;

namespace RedisBackplane.SignalRMetrics;

/// <summary>
/// The meter of SignalR's own performance counters. docs/metrics.md documents it, and a test compares both. The number
/// of connections by transport has the name that ASP.NET Core's SignalR gives it.
/// </summary>
internal static class SignalRMeter
{
    public static readonly LiveSet<SignalRCounters> Hosts = new();

    private static readonly Meter Meter = new(BackplaneTelemetry.SignalRMeterName, BackplaneTelemetry.Version);

    static SignalRMeter()
    {
        var hosts = new ObservableSet<SignalRCounters>(
            Meter, () => Hosts.Items, host => [new("signalr.classic.instance", host.Instance.ToString(CultureInfo.InvariantCulture))]);
        CreateConnections(hosts);
        CreateBus(hosts);
        CreateErrors(hosts);
    }

    private static void CreateConnections(ObservableSet<SignalRCounters> hosts)
    {
        const string Transport = "signalr.transport";
        const string Change = "signalr.classic.change";
        const string Direction = "network.io.direction";
        hosts.UpDownCounter(
            "signalr.server.active_connections", "{connection}", "Connections by the transport that they use now.", Transport,
            ("web_sockets", host => host.ConnectionsCurrentWebSockets.RawValue),
            ("server_sent_events", host => host.ConnectionsCurrentServerSentEvents.RawValue),
            ("long_polling", host => host.ConnectionsCurrentLongPolling.RawValue),
            ("forever_frame", host => host.ConnectionsCurrentForeverFrame.RawValue));
        hosts.UpDownCounter(
            "signalr.classic.connections", "{connection}", "Connections that are alive, also those between two polls.",
            host => host.ConnectionsCurrent.RawValue);
        hosts.Counter(
            "signalr.classic.connection.changes", "{connection}", "Connections that connected, reconnected, disconnected.", Change,
            ("connected", host => host.ConnectionsConnected.RawValue),
            ("reconnected", host => host.ConnectionsReconnected.RawValue),
            ("disconnected", host => host.ConnectionsDisconnected.RawValue));
        hosts.Counter(
            "signalr.classic.connection.messages", "{message}", "Messages from clients (receive) and to clients (transmit).", Direction,
            ("receive", host => host.ConnectionMessagesReceivedTotal.RawValue),
            ("transmit", host => host.ConnectionMessagesSentTotal.RawValue));
    }

    private static void CreateBus(ObservableSet<SignalRCounters> hosts)
    {
        const string State = "signalr.classic.state";
        hosts.Counter(
            "signalr.classic.bus.published", "{message}", "Messages that this server published.",
            host => host.MessageBusMessagesPublishedTotal.RawValue);
        hosts.Counter(
            "signalr.classic.bus.received", "{message}", "Messages that subscriptions received.",
            host => host.MessageBusMessagesReceivedTotal.RawValue);
        hosts.UpDownCounter(
            "signalr.classic.bus.subscribers", "{subscriber}", "Subscribers of the message bus now.",
            host => host.MessageBusSubscribersCurrent.RawValue);
        hosts.Counter(
            "signalr.classic.bus.subscriptions", "{subscription}", "Subscriptions that were made.",
            host => host.MessageBusSubscribersTotal.RawValue);
        hosts.UpDownCounter(
            "signalr.classic.bus.workers", "{worker}", "Workers that deliver messages: allocated, and busy among them.", State,
            ("allocated", host => host.MessageBusAllocatedWorkers.RawValue),
            ("busy", host => host.MessageBusBusyWorkers.RawValue));
        hosts.UpDownCounter(
            "signalr.classic.bus.topics", "{topic}", "Topics of the message bus now.", host => host.MessageBusTopicsCurrent.RawValue);
        hosts.UpDownCounter(
            "signalr.classic.scaleout.streams", "{stream}", "Streams of the backplane: open, and buffering because they are not.", State,
            ("open", host => host.ScaleoutStreamCountOpen.RawValue),
            ("buffering", host => host.ScaleoutStreamCountBuffering.RawValue));
        hosts.UpDownCounter(
            "signalr.classic.scaleout.queue", "{message}", "Messages that wait for the backplane.",
            host => host.ScaleoutSendQueueLength.RawValue);
        hosts.Counter(
            "signalr.classic.scaleout.received", "{message}", "Messages that arrived from the backplane.",
            host => host.ScaleoutMessageBusMessagesReceived.RawValue);
    }

    private static void CreateErrors(ObservableSet<SignalRCounters> hosts)
    {
        const string Kind = "error.type";
        hosts.Counter(
            "signalr.classic.errors", "{error}", "Errors of all kinds.", host => host.ErrorsAllTotal.RawValue);
        hosts.Counter(
            "signalr.classic.hub.errors", "{error}",
            "Hubs or methods that were not found (resolution), and methods that threw (invocation).", Kind,
            ("resolution", host => host.ErrorsHubResolutionTotal.RawValue),
            ("invocation", host => host.ErrorsHubInvocationTotal.RawValue));
        hosts.Counter(
            "signalr.classic.transport.errors", "{error}", "Errors of transports, most of them connections that broke.",
            host => host.ErrorsTransportTotal.RawValue);
        hosts.Counter(
            "signalr.classic.scaleout.errors", "{error}", "Errors of the backplane.", host => host.ScaleoutErrorsTotal.RawValue);
    }
}
