using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.AspNet.SignalR.Tracing;

namespace RedisBackplane.AspNetCore.Tests.Services;

/// <summary>SignalR's performance counters, which work on any system here.</summary>
public sealed class PerformanceCountersTests
{
    [Theory, EachTransport]
    public async Task Connection_OverEachTransport_IsCountedWhileItLasts(string transport)
    {
        await using var host = await SignalRHost.StartAsync();
        var counters = host.Resolver.Resolve<IPerformanceCounterManager>();
        var ofTransport = transport switch
        {
            "webSockets" => counters.ConnectionsCurrentWebSockets,
            "serverSentEvents" => counters.ConnectionsCurrentServerSentEvents,
            _ => counters.ConnectionsCurrentLongPolling,
        };
        using (var client = new ChatClient(host))
        {
            await client.StartAsync(transport);
            await client.CallAsync("Broadcast", "to all");
            Assert.Equal("to all", await client.Inbox.NextAsync());

            await Eventually.BecomesTrueAsync(
                () => counters.ConnectionsConnected.RawValue == 1 && ofTransport.RawValue == 1, "the connection is counted");
            Assert.True(counters.ConnectionMessagesReceivedTotal.RawValue > 0);
            Assert.True(counters.MessageBusMessagesPublishedTotal.RawValue > 0);
        }

        await Eventually.BecomesTrueAsync(
            () => ofTransport.RawValue == 0 && counters.ConnectionsDisconnected.RawValue == 1, "its end is counted");
    }

    [Fact]
    public async Task Counters_OfTheApplication_TakeTheirPlace()
    {
        var own = new PerformanceCounterManager(new TraceManager());
        await using var host = await SignalRHost.StartAsync(services: services => services.AddSingleton<IPerformanceCounterManager>(own));

        Assert.Same(own, host.Resolver.Resolve<IPerformanceCounterManager>());
    }
}
