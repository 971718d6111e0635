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
        var hosts = new ObservableSet<SignalRCounters>(Meter, () => Hosts.Items);
        CreateConnections(hosts);
        CreateBus(hosts);
        CreateErrors(hosts);
    }

    /// <summary>Creates the instruments, if they do not exist yet.</summary>
    public static void Touch() => System.Runtime.CompilerServices.RuntimeHelpers.RunClassConstructor(typeof(SignalRMeter).TypeHandle);

    // The number of the host in the process, and the attribute that distinguishes the values of one instrument.
    private static KeyValuePair<string, object?>[] Tags(int instance, string? key = null, string? value = null)
    {
        var number = new KeyValuePair<string, object?>("signalr.classic.instance", instance.ToString(CultureInfo.InvariantCulture));
        return key is null ? [number] : [number, new(key, value)];
    }

    private static void CreateConnections(ObservableSet<SignalRCounters> hosts)
    {
        const string Transport = "signalr.transport";
        const string Change = "signalr.classic.change";
        const string Direction = "network.io.direction";
        hosts.UpDownCounter(
            "signalr.server.active_connections", "{connection}", "Connections by the transport that they use now.",
            (host => Tags(host.Instance, Transport, "web_sockets"), host => host.ConnectionsCurrentWebSockets.RawValue),
            (host => Tags(host.Instance, Transport, "server_sent_events"), host => host.ConnectionsCurrentServerSentEvents.RawValue),
            (host => Tags(host.Instance, Transport, "long_polling"), host => host.ConnectionsCurrentLongPolling.RawValue),
            (host => Tags(host.Instance, Transport, "forever_frame"), host => host.ConnectionsCurrentForeverFrame.RawValue));
        hosts.UpDownCounter(
            "signalr.classic.connections", "{connection}", "Connections that are alive, also those between two polls.",
            (host => Tags(host.Instance), host => host.ConnectionsCurrent.RawValue));
        hosts.Counter(
            "signalr.classic.connection.changes", "{connection}", "Connections that connected, reconnected, disconnected.",
            (host => Tags(host.Instance, Change, "connected"), host => host.ConnectionsConnected.RawValue),
            (host => Tags(host.Instance, Change, "reconnected"), host => host.ConnectionsReconnected.RawValue),
            (host => Tags(host.Instance, Change, "disconnected"), host => host.ConnectionsDisconnected.RawValue));
        hosts.Counter(
            "signalr.classic.connection.messages", "{message}", "Messages from clients (receive) and to clients (transmit).",
            (host => Tags(host.Instance, Direction, "receive"), host => host.ConnectionMessagesReceivedTotal.RawValue),
            (host => Tags(host.Instance, Direction, "transmit"), host => host.ConnectionMessagesSentTotal.RawValue));
    }

    private static void CreateBus(ObservableSet<SignalRCounters> hosts)
    {
        const string State = "signalr.classic.state";
        hosts.Counter(
            "signalr.classic.bus.published", "{message}", "Messages that this server published.",
            (host => Tags(host.Instance), host => host.MessageBusMessagesPublishedTotal.RawValue));
        hosts.Counter(
            "signalr.classic.bus.received", "{message}", "Messages that subscriptions received.",
            (host => Tags(host.Instance), host => host.MessageBusMessagesReceivedTotal.RawValue));
        hosts.UpDownCounter(
            "signalr.classic.bus.subscribers", "{subscriber}", "Subscribers of the message bus now.",
            (host => Tags(host.Instance), host => host.MessageBusSubscribersCurrent.RawValue));
        hosts.Counter(
            "signalr.classic.bus.subscriptions", "{subscription}", "Subscriptions that were made.",
            (host => Tags(host.Instance), host => host.MessageBusSubscribersTotal.RawValue));
        hosts.UpDownCounter(
            "signalr.classic.bus.workers", "{worker}", "Workers that deliver messages: allocated, and busy among them.",
            (host => Tags(host.Instance, State, "allocated"), host => host.MessageBusAllocatedWorkers.RawValue),
            (host => Tags(host.Instance, State, "busy"), host => host.MessageBusBusyWorkers.RawValue));
        hosts.UpDownCounter(
            "signalr.classic.bus.topics", "{topic}", "Topics of the message bus now.",
            (host => Tags(host.Instance), host => host.MessageBusTopicsCurrent.RawValue));
        hosts.UpDownCounter(
            "signalr.classic.scaleout.streams", "{stream}", "Streams of the backplane: open, and buffering because they are not.",
            (host => Tags(host.Instance, State, "open"), host => host.ScaleoutStreamCountOpen.RawValue),
            (host => Tags(host.Instance, State, "buffering"), host => host.ScaleoutStreamCountBuffering.RawValue));
        hosts.UpDownCounter(
            "signalr.classic.scaleout.queue", "{message}", "Messages that wait for the backplane.",
            (host => Tags(host.Instance), host => host.ScaleoutSendQueueLength.RawValue));
        hosts.Counter(
            "signalr.classic.scaleout.received", "{message}", "Messages that arrived from the backplane.",
            (host => Tags(host.Instance), host => host.ScaleoutMessageBusMessagesReceived.RawValue));
    }

    private static void CreateErrors(ObservableSet<SignalRCounters> hosts)
    {
        const string Kind = "error.type";
        hosts.Counter(
            "signalr.classic.errors", "{error}", "Errors of all kinds.",
            (host => Tags(host.Instance), host => host.ErrorsAllTotal.RawValue));
        hosts.Counter(
            "signalr.classic.hub.errors", "{error}",
            "Hubs or methods that were not found (resolution), and methods that threw (invocation).",
            (host => Tags(host.Instance, Kind, "resolution"), host => host.ErrorsHubResolutionTotal.RawValue),
            (host => Tags(host.Instance, Kind, "invocation"), host => host.ErrorsHubInvocationTotal.RawValue));
        hosts.Counter(
            "signalr.classic.transport.errors", "{error}", "Errors of transports, most of them connections that broke.",
            (host => Tags(host.Instance), host => host.ErrorsTransportTotal.RawValue));
        hosts.Counter(
            "signalr.classic.scaleout.errors", "{error}", "Errors of the backplane.",
            (host => Tags(host.Instance), host => host.ScaleoutErrorsTotal.RawValue));
    }
}
