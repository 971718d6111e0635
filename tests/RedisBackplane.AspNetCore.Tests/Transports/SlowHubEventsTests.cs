using System.Diagnostics;
using Microsoft.AspNet.SignalR.Transports;

namespace RedisBackplane.AspNetCore.Tests.Transports;

/// <summary>Code of a hub that runs at the start or at the end of a connection, and takes its time.</summary>
public sealed class SlowHubEventsTests
{
    // SignalR gives up an unanswered group change after this time.
    private static readonly TimeSpan AckPatience = TimeSpan.FromSeconds(30);

    /// <summary>What the hub waits for comes with the next poll, so the hub must not delay this one.</summary>
    [Fact]
    public async Task Reconnect_OverLongPollingToAHubThatJoinsGroups_IsAnsweredAtOnce()
    {
        await using var host = await SignalRHost.StartAsync();
        await using var client = await WireClient.ConnectAsync(host, "longPolling", "slowEventsHub");
        client.ReconnectsNext = true;
        var clients = host.Contexts.GetHubContext<SlowEventsHub>().Clients;
        var watch = Stopwatch.StartNew();

        await clients.All.received("ends the poll");

        Assert.Equal("rejoined", await host.Journal.NextAsync("slow"));
        Assert.True(watch.Elapsed < AckPatience / 2, $"It took {watch.Elapsed}.");
        await clients.Group("two").received("to the group");
        Assert.Equal("received(ends the poll)", await client.Inbox.NextAsync());
        Assert.Equal("received(to the group)", await client.Inbox.NextAsync());
    }

    /// <summary>The pool adds about two threads a second. It must not need one for each client.</summary>
    [Theory]
    [InlineData("webSockets")]
    [InlineData("serverSentEvents")]
    public async Task Stop_OfManyClientsWhoseHubTakesItsTime_HoldsNoThreads(string transport)
    {
        const int Clients = 60;
        await using var host = await SignalRHost.StartAsync();
        var clients = await Task.WhenAll(
            Enumerable.Range(0, Clients).Select(_ => WireClient.ConnectAsync(host, transport, "slowEventsHub")));
        var threads = ThreadPool.ThreadCount;

        var stops = clients.Select(client => client.AbortAsync()).ToArray();
        for (var i = 0; i < Clients; i++)
        {
            Assert.Equal("leaving", await host.Journal.NextAsync("slow"));
        }

        // Each holds its place until all of them have come.
        Assert.InRange(ThreadPool.ThreadCount, 0, threads + (Clients / 4));
        for (var i = 0; i < Clients; i++)
        {
            host.Journal.Write("may leave", "now");
        }

        await Task.WhenAll(stops).WaitAsync(Wait.Limit);
        await Task.WhenAll(clients.Select(client => client.DisposeAsync().AsTask()));
    }

    [Theory]
    [InlineData("webSockets")]
    [InlineData("serverSentEvents")]
    public async Task Stop_OfAClientWhoseHubFails_EndsItsConnection(string transport)
    {
        await using var host = await SignalRHost.StartAsync(options => options.UseStockTransports = false);
        await using var client = await WireClient.ConnectAsync(host, transport, "slowEventsHub");
        host.Journal.Write("may leave", "fail");

        await client.AbortAsync();

        Assert.Equal("leaving", await host.Journal.NextAsync("slow"));
        Assert.Empty(host.Resolver.Resolve<ITransportHeartbeat>().GetConnections());
    }

    /// <summary>SignalR's heartbeat does not look at the task.</summary>
    [Fact]
    public async Task Disconnect_OfAClientWhoseHubFails_LeavesNoFailedTask()
    {
        await using var host = await SignalRHost.StartAsync(options => options.UseStockTransports = false);
        await using var client = await WireClient.ConnectAsync(host, "webSockets", "slowEventsHub");
        var connection = Assert.Single(host.Resolver.Resolve<ITransportHeartbeat>().GetConnections());
        host.Journal.Write("may leave", "fail");

        await connection.Disconnect().WaitAsync(Wait.Limit);

        Assert.Equal("leaving", await host.Journal.NextAsync("slow"));
    }

    /// <summary>An image of a foreign page would be enough to send it.</summary>
    [Fact]
    public async Task Call_InTheQueryOfAGet_IsNone()
    {
        await using var host = await SignalRHost.StartAsync(options => options.UseStockTransports = false);
        await using var connection = await RawConnection.NegotiateAsync(host.Client, "longPolling", "slowEventsHub");
        var call = "&data=" + Uri.EscapeDataString("""{"H":"slowEventsHub","M":"Mark","A":[],"I":"0"}""");

        using var response = await host.Client.GetAsync(connection.Url("send", call)).WaitAsync(Wait.Limit);

        Assert.Null(host.Journal.TryNext("slow"));
        using var form = new FormUrlEncodedContent([KeyValuePair.Create("data", """{"H":"slowEventsHub","M":"Mark","A":[],"I":"0"}""")]);
        using var sent = await connection.SendAsync(form);
        Assert.Equal("marked", await host.Journal.NextAsync("slow"));
    }
}
