using Microsoft.AspNetCore.DataProtection;

namespace RedisBackplane.AspNetCore.Tests.Farm;

/// <summary>The tutorial's farm: two servers, one Redis, the real .NET client over each of its transports.</summary>
public sealed class TwoServersTests : IAsyncLifetime
{
    private readonly EphemeralDataProtectionProvider _keys = new();
    private readonly string _appName = AppNames.Unique("farm");
    private SignalRHost _first = null!;
    private SignalRHost _second = null!;

    public async Task InitializeAsync()
    {
        Skip.If(TestRedisSource.SkipReason is not null, TestRedisSource.SkipReason);
        var redis = (await RedisTestServer.GetSharedAsync()).ConnectionString;
        _first = await SignalRHost.StartOnRedisAsync(redis, _appName, _keys);
        _second = await SignalRHost.StartOnRedisAsync(redis, _appName, _keys);
    }

    public async Task DisposeAsync()
    {
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    [SkippableTheory, EachTransport]
    public async Task Broadcast_OnOneServer_ReachesTheClientsOfBoth(string transport)
    {
        using var ada = await ChatClient.StartAsync(_first, transport);
        using var grace = await ChatClient.StartAsync(_second, transport);

        await ada.CallAsync("Broadcast", "from the first");
        await grace.CallAsync("Broadcast", "from the second");

        Assert.Equal(["from the first", "from the second"], await ada.Inbox.UntilAsync("from the second"));
        Assert.Equal(["from the first", "from the second"], await grace.Inbox.UntilAsync("from the second"));
    }

    [SkippableTheory, EachTransport]
    public async Task Targets_OnTheOtherServer_AreReachedAndNobodyElse(string transport)
    {
        using var ada = await ChatClient.StartAsync(_first, transport, "ada");
        using var grace = await ChatClient.StartAsync(_second, transport, "grace");
        using var alan = await ChatClient.StartAsync(_second, transport, "alan");

        await ada.CallAsync("SendToOthers", "others");
        await ada.CallAsync("SendToClient", grace.Connection.ConnectionId, "client");
        await ada.CallAsync("SendToUser", "grace", "user");
        await ada.CallAsync("Broadcast", "end");

        Assert.Equal(["end"], await ada.Inbox.UntilAsync("end"));
        Assert.Equal(["others", "client", "user", "end"], await grace.Inbox.UntilAsync("end"));
        Assert.Equal(["others", "end"], await alan.Inbox.UntilAsync("end"));
    }

    [SkippableTheory, EachTransport]
    public async Task Group_WithMembersOnBothServers_IsOneGroup(string transport)
    {
        using var ada = await ChatClient.StartAsync(_first, transport);
        using var grace = await ChatClient.StartAsync(_second, transport);
        using var alan = await ChatClient.StartAsync(_second, transport);

        await ada.CallAsync("Join", "tea");
        await grace.CallAsync("Join", "tea");
        await alan.CallAsync("SendToGroup", "tea", "both");
        await ada.CallAsync("Leave", "tea");
        await alan.CallAsync("SendToGroup", "tea", "one");
        await alan.CallAsync("Broadcast", "end");

        Assert.Equal(["both", "end"], await ada.Inbox.UntilAsync("end"));
        Assert.Equal(["both", "one", "end"], await grace.Inbox.UntilAsync("end"));
        Assert.Equal(["end"], await alan.Inbox.UntilAsync("end"));
    }

    [SkippableTheory, EachTransport]
    public async Task Client_MovedToTheOtherServer_KeepsItsGroupAndMissesNothing(string transport)
    {
        await using var balancer = TcpProxy.Start(_first.Address.Host, _first.Address.Port);
        using var client = new ChatClient(balancer);
        await client.StartAsync(transport);
        using var sender = await ChatClient.StartAsync(_second);
        await client.CallAsync("Join", "tea");
        await sender.CallAsync("SendToGroup", "tea", "before");
        Assert.Equal("before", await client.Inbox.NextAsync());

        balancer.Redirect(_second.Address.Port);
        balancer.CutAll();
        await sender.CallAsync("SendToGroup", "tea", "meanwhile");
        await _second.Journal.NextAsync(transport == "longPolling" ? "begun poll" : "begun reconnect");
        await sender.CallAsync("SendToGroup", "tea", "after");

        Assert.Equal(["meanwhile", "after"], await client.Inbox.UntilAsync("after"));
    }
}
