using System.Globalization;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Infrastructure;

namespace RedisBackplane.Tests.SignalRMetrics;

/// <summary>SignalR's performance counters on a meter.</summary>
public sealed class SignalRCountersTests
{
    [Fact]
    public void Dispose_Again_DoesNotFreeTheNumberOfAnotherHost()
    {
        using var first = new SignalRCounters();
        first.Dispose();
        using var second = new SignalRCounters();

        first.Dispose();

        using var third = new SignalRCounters();
        Assert.NotEqual(second.Instance, third.Instance);
    }

    [Fact]
    public void Counters_EachSetToItsOwnNumber_AreMeasuredUnderItsName()
    {
        using var counters = new SignalRCounters();
        using var metrics = Recorded(counters);
        var number = 100;
        var numbers = new Dictionary<string, int>();
        var properties = typeof(IPerformanceCounterManager).GetProperties();
        foreach (var property in properties.OrderBy(property => property.Name, StringComparer.Ordinal))
        {
            numbers.Add(property.Name, ++number);
            ((IPerformanceCounter)property.GetValue(counters)!).RawValue = number;
        }

        var measured = metrics.Read().ToDictionary(reading => (int)reading.Value, Describe);

        Assert.Equal(
            [
                "ConnectionMessagesReceivedTotal: signalr.classic.connection.messages receive",
                "ConnectionMessagesSentTotal: signalr.classic.connection.messages transmit",
                "ConnectionsConnected: signalr.classic.connection.changes connected",
                "ConnectionsCurrent: signalr.classic.connections",
                "ConnectionsCurrentForeverFrame: signalr.server.active_connections forever_frame",
                "ConnectionsCurrentLongPolling: signalr.server.active_connections long_polling",
                "ConnectionsCurrentServerSentEvents: signalr.server.active_connections server_sent_events",
                "ConnectionsCurrentWebSockets: signalr.server.active_connections web_sockets",
                "ConnectionsDisconnected: signalr.classic.connection.changes disconnected",
                "ConnectionsReconnected: signalr.classic.connection.changes reconnected",
                "ErrorsAllTotal: signalr.classic.errors",
                "ErrorsHubInvocationTotal: signalr.classic.hub.errors invocation",
                "ErrorsHubResolutionTotal: signalr.classic.hub.errors resolution",
                "ErrorsTransportTotal: signalr.classic.transport.errors",
                "MessageBusAllocatedWorkers: signalr.classic.bus.workers allocated",
                "MessageBusBusyWorkers: signalr.classic.bus.workers busy",
                "MessageBusMessagesPublishedTotal: signalr.classic.bus.published",
                "MessageBusMessagesReceivedTotal: signalr.classic.bus.received",
                "MessageBusSubscribersCurrent: signalr.classic.bus.subscribers",
                "MessageBusSubscribersTotal: signalr.classic.bus.subscriptions",
                "MessageBusTopicsCurrent: signalr.classic.bus.topics",
                "ScaleoutErrorsTotal: signalr.classic.scaleout.errors",
                "ScaleoutMessageBusMessagesReceivedPerSec: signalr.classic.scaleout.received",
                "ScaleoutSendQueueLength: signalr.classic.scaleout.queue",
                "ScaleoutStreamCountBuffering: signalr.classic.scaleout.streams buffering",
                "ScaleoutStreamCountOpen: signalr.classic.scaleout.streams open",
            ],
            numbers.Where(entry => measured.ContainsKey(entry.Value)).Select(entry => $"{entry.Key}: {measured[entry.Value]}"));
        Assert.All(
            numbers.Where(entry => !measured.ContainsKey(entry.Value)),
            entry => Assert.True(
                entry.Key.EndsWith("PerSec", StringComparison.Ordinal) || entry.Key == "ScaleoutStreamCountTotal",
                $"{entry.Key} is not measured."));
    }

    [Fact]
    public void Counter_EveryStep_IsKept()
    {
        using var counters = new SignalRCounters();
        var counter = counters.ConnectionsCurrent;

        Assert.Equal([1, 6, 5], new[] { counter.Increment(), counter.IncrementBy(5), counter.Decrement() });
        Assert.Equal(5, counter.RawValue);
        Assert.Equal("ConnectionsCurrent", counter.CounterName);
        Assert.Equal(0, counters.LoadCounter("category", "name", "instance", isReadOnly: false).Increment());
    }

    [Fact]
    public void UseMeterPerformanceCounters_ResolverDisposed_EndsTheMeasurements()
    {
        var resolver = new DefaultDependencyResolver();
        Assert.Same(resolver, resolver.UseMeterPerformanceCounters());
        var counters = Assert.IsType<SignalRCounters>(resolver.Resolve<IPerformanceCounterManager>());
        Assert.Same(counters, resolver.Resolve<IPerformanceCounterManager>());
        Assert.Contains(counters, SignalRMeter.Hosts.Items);

        resolver.Dispose();

        Assert.DoesNotContain(counters, SignalRMeter.Hosts.Items);
    }

    [Fact]
    public void Initialize_HostEnds_EndsTheMeasurements()
    {
        using var host = new CancellationTokenSource();
        using var counters = new SignalRCounters();
        counters.Initialize("host", host.Token);
        Assert.Contains(counters, SignalRMeter.Hosts.Items);

        host.Cancel();

        Assert.DoesNotContain(counters, SignalRMeter.Hosts.Items);
    }

    [Fact]
    public void UseMeterPerformanceCounters_Null_NamesTheArgument() =>
        Assert.Equal(
            "resolver", Assert.Throws<ArgumentNullException>(() => default(IDependencyResolver)!.UseMeterPerformanceCounters()).ParamName);

    private static string Describe(RecordedMetrics.Reading reading) =>
        string.Join(" ", [reading.Name, .. reading.Tags.Where(tag => tag.Key != "signalr.classic.instance").Select(tag => tag.Value)]);

    private static RecordedMetrics Recorded(SignalRCounters counters) => new(
        BackplaneTelemetry.SignalRMeterName,
        tags => Equals(tags["signalr.classic.instance"], counters.Instance.ToString(CultureInfo.InvariantCulture)));
}
