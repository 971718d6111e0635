using Connection = Microsoft.AspNet.SignalR.Client.Connection;

namespace RedisBackplane.AspNetCore.Tests;

public sealed class PersistentConnectionTests
{
    [Theory, EachTransport]
    public async Task Connection_OverEachTransport_EchoesAndReachesGroups(string transport)
    {
        await using var host = await SignalRHost.StartAsync(map: app => app.MapClassicSignalR<EchoConnection>("/echo"));
        using var first = new Connection(new Uri(host.Address, "/echo").ToString());
        using var second = new Connection(new Uri(host.Address, "/echo").ToString());
        var (firstInbox, secondInbox) = (new Inbox<string>(), new Inbox<string>());
        first.Received += firstInbox.Add;
        second.Received += secondInbox.Add;
        await first.StartAsync(transport);
        await second.StartAsync(transport);
        Assert.Equal("welcome", await firstInbox.NextAsync());
        Assert.Equal("welcome", await secondInbox.NextAsync());

        await first.Send("hello").WaitAsync(Wait.Limit);
        Assert.Equal("echo:hello", await firstInbox.NextAsync());
        await second.Send("group:all").WaitAsync(Wait.Limit);
        Assert.Equal("all", await firstInbox.NextAsync());
        Assert.Equal("all", await secondInbox.NextAsync());

        var id = first.ConnectionId;
        await host.ListensAsync(id);
        first.Stop();
        Assert.Equal($"{id} True", await host.Journal.NextAsync("disconnected"));
    }

    [Fact]
    public async Task ConnectionContext_FromTheServices_ReachesClients()
    {
        await using var host = await SignalRHost.StartAsync(map: app => app.MapClassicSignalR<EchoConnection>("/echo"));
        using var client = new Connection(new Uri(host.Address, "/echo").ToString());
        var inbox = new Inbox<string>();
        client.Received += inbox.Add;
        await client.StartAsync("webSockets");
        await inbox.UntilAsync("welcome");

        await host.Contexts
            .GetConnectionContext<EchoConnection>().Connection.Broadcast("news").WaitAsync(Wait.Limit);

        Assert.Equal("news", await inbox.NextAsync());
    }

    [Fact]
    public async Task HubsAndConnections_OnSeveralPaths_AreServedSideBySide()
    {
        await using var host = await SignalRHost.StartAsync(map: app =>
        {
            app.MapClassicSignalR<EchoConnection>("/echo");
            app.MapClassicSignalR("/realtime/hubs-here");
        });
        using var hubs = host.Connect(path: "/realtime/hubs-here");
        var hub = hubs.CreateHubProxy("chat");
        using var echo = new Connection(new Uri(host.Address, "/echo").ToString());
        var inbox = new Inbox<string>();
        echo.Received += inbox.Add;

        await hubs.StartAsync("serverSentEvents");
        await echo.StartAsync("serverSentEvents");

        Assert.Equal("x", await hub.Invoke<string>("Echo", "x").WaitAsync(Wait.Limit));
        Assert.Equal("welcome", await inbox.NextAsync());
    }
}
