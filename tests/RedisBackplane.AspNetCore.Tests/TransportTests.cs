namespace RedisBackplane.AspNetCore.Tests;

/// <summary>Hubs over each transport of the real .NET client.</summary>
public sealed class TransportTests
{
    [Theory, EachTransport]
    public async Task HubCall_OverEachTransport_AnswersAndReachesEveryClient(string transport)
    {
        await using var host = await SignalRHost.StartAsync();
        using var first = await ChatClient.StartAsync(host, transport);
        using var second = await ChatClient.StartAsync(host, transport);

        var answer = await first.AskAsync<string>("Echo", "grüße ✓ & = +");
        await first.CallAsync("Broadcast", "to all");

        Assert.Equal(transport, first.Connection.Transport.Name);
        Assert.Equal("grüße ✓ & = +", answer);
        Assert.Equal("to all", await first.Inbox.NextAsync());
        Assert.Equal("to all", await second.Inbox.NextAsync());
    }

    [Theory, EachTransport]
    public async Task Targets_OverEachTransport_ReachThemAndNobodyElse(string transport)
    {
        await using var host = await SignalRHost.StartAsync();
        using var alice = await ChatClient.StartAsync(host, transport, "alice");
        using var bob = await ChatClient.StartAsync(host, transport, "bob");

        await alice.CallAsync("SendToOthers", "others");
        await alice.CallAsync("SendToCaller", "caller");
        await alice.CallAsync("SendToClient", bob.Connection.ConnectionId, "client");
        await alice.CallAsync("SendToUser", "bob", "user");
        await bob.CallAsync("Join", "room");
        await alice.CallAsync("SendToGroup", "room", "group");
        await bob.CallAsync("Leave", "room");
        await alice.CallAsync("SendToGroup", "room", "nobody");
        await alice.CallAsync("Broadcast", "end");

        await alice.Inbox.HasAsync("caller", "end");
        await bob.Inbox.HasAsync("others", "client", "user", "group", "end");
    }

    [Theory, EachTransport]
    public async Task ManyMessages_OverEachTransport_ArriveOnceInOrder(string transport)
    {
        const int Count = 300;
        await using var host = await SignalRHost.StartAsync();
        using var client = await ChatClient.StartAsync(host, transport);

        await client.CallAsync("Count", Count);

        var expected = Enumerable.Range(1, Count).Select(number => $"{number}").ToList();
        Assert.Equal(expected, await client.Inbox.UntilAsync($"{Count}"));
        Assert.Empty(client.Inbox.Rest());
    }

    [Theory, EachTransport]
    public async Task LargeMessage_OverEachTransport_GoesBothWays(string transport)
    {
        // Plain ASCII: the .NET client decodes each piece that it receives separately, and breaks a character between
        // two of them.
        var text = new string('x', 3_000_000);
        await using var host = await SignalRHost.StartAsync(options => options.MaxIncomingWebSocketMessageSize = 16 * 1024 * 1024);
        using var client = await ChatClient.StartAsync(host, transport);

        var answer = await client.AskAsync<string>("Echo", text);

        Assert.Equal(text.Length, answer.Length);
        Assert.Equal(text, answer);
    }

    [Fact]
    public async Task LargeMessage_AboveTheLimitOfWebSockets_EndsTheConnection()
    {
        await using var host = await SignalRHost.StartAsync(options => options.MaxIncomingWebSocketMessageSize = 8192);
        using var client = await ChatClient.StartAsync(host);

        await Assert.ThrowsAnyAsync<InvalidOperationException>(() => client.CallAsync("Echo", new string('x', 20_000)));
    }

    [Theory, EachTransport]
    public async Task Stop_OverEachTransport_RaisesOnDisconnectedAtOnce(string transport)
    {
        await using var host = await SignalRHost.StartAsync();
        using var client = await ChatClient.StartAsync(host, transport);
        var id = client.Connection.ConnectionId;
        await host.ListensAsync(id);

        client.Connection.Stop();

        Assert.Equal(id, await host.Journal.NextAsync("connected"));
        Assert.Equal($"{id} stopped", await host.Journal.NextAsync("disconnected"));
    }

    [Theory, EachTransport]
    public async Task Shutdown_OverEachTransport_EndsRequestsAndSendsClientsElsewhere(string transport)
    {
        var host = await SignalRHost.StartAsync();
        using var client = new ChatClient(host);
        var reconnecting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        client.Connection.Reconnecting += () => reconnecting.TrySetResult();
        await client.StartAsync(transport);

        // Without a message from SignalR, the server would wait half a minute for its open requests.
        await host.Application.StopAsync().WaitAsync(TimeSpan.FromSeconds(10));

        await reconnecting.Task.WaitAsync(Wait.Limit);
        await host.DisposeAsync();
    }

    [Fact]
    public async Task Start_WithoutATransportNamed_TakesWebSockets()
    {
        await using var host = await SignalRHost.StartAsync();
        using var client = new ChatClient(host);

        await client.Connection.Start().WaitAsync(Wait.Limit);

        Assert.Equal("webSockets", client.Connection.Transport.Name);
    }

    [Fact]
    public async Task TwoHosts_InOneProcess_ShareNoClients()
    {
        await using var one = await SignalRHost.StartAsync();
        await using var other = await SignalRHost.StartAsync();
        using var here = await ChatClient.StartAsync(one);
        using var there = await ChatClient.StartAsync(other);

        await here.CallAsync("Broadcast", "here");
        await there.CallAsync("Broadcast", "there");

        Assert.Equal("here", await here.Inbox.NextAsync());
        Assert.Equal("there", await there.Inbox.NextAsync());
        Assert.Empty(here.Inbox.Rest());
    }
}
