using Microsoft.AspNet.SignalR.Client;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;

namespace RedisBackplane.AspNetCore.Tests.Farm;

/// <summary>
/// The farm of the tutorial: two servers, one Redis, the real .NET client over each of its transports.
/// </summary>
public sealed class TwoServersTests : IAsyncLifetime
{
    private readonly EphemeralDataProtectionProvider _keys = new();
    private readonly string _appName = AppNames.Unique("farm");
    private string _redis = null!;
    private SignalRHost _first = null!;
    private SignalRHost _second = null!;

    public async Task InitializeAsync()
    {
        Skip.If(TestRedisSource.SkipReason is not null, TestRedisSource.SkipReason);
        _redis = (await RedisTestServer.GetSharedAsync()).ConnectionString;
        _first = await StartServerAsync();
        _second = await StartServerAsync();
    }

    public async Task DisposeAsync()
    {
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    [SkippableTheory]
    [MemberData(nameof(ClientTransports.All), MemberType = typeof(ClientTransports))]
    public async Task Broadcast_OnOneServer_ReachesTheClientsOfBoth(string transport)
    {
        using var ada = new ChatClient(_first);
        using var grace = new ChatClient(_second);
        await ada.StartAsync(transport);
        await grace.StartAsync(transport);

        await ada.CallAsync("Broadcast", "from the first");
        await grace.CallAsync("Broadcast", "from the second");

        Assert.Equal(["from the first", "from the second"], await ada.Inbox.UntilAsync("from the second"));
        Assert.Equal(["from the first", "from the second"], await grace.Inbox.UntilAsync("from the second"));
    }

    [SkippableTheory]
    [MemberData(nameof(ClientTransports.All), MemberType = typeof(ClientTransports))]
    public async Task Targets_OnTheOtherServer_AreReachedAndNobodyElse(string transport)
    {
        using var ada = new ChatClient(_first, "ada");
        using var grace = new ChatClient(_second, "grace");
        using var alan = new ChatClient(_second, "alan");
        await ada.StartAsync(transport);
        await grace.StartAsync(transport);
        await alan.StartAsync(transport);

        await ada.CallAsync("SendToOthers", "others");
        await ada.CallAsync("SendToClient", grace.Connection.ConnectionId, "client");
        await ada.CallAsync("SendToUser", "grace", "user");
        await ada.CallAsync("Broadcast", "end");

        Assert.Equal(["end"], await ada.Inbox.UntilAsync("end"));
        Assert.Equal(["others", "client", "user", "end"], await grace.Inbox.UntilAsync("end"));
        Assert.Equal(["others", "end"], await alan.Inbox.UntilAsync("end"));
    }

    [SkippableTheory]
    [MemberData(nameof(ClientTransports.All), MemberType = typeof(ClientTransports))]
    public async Task Group_WithMembersOnBothServers_IsOneGroup(string transport)
    {
        using var ada = new ChatClient(_first);
        using var grace = new ChatClient(_second);
        using var alan = new ChatClient(_second);
        await ada.StartAsync(transport);
        await grace.StartAsync(transport);
        await alan.StartAsync(transport);

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

    [SkippableTheory]
    [MemberData(nameof(ClientTransports.All), MemberType = typeof(ClientTransports))]
    public async Task Client_MovedToTheOtherServer_KeepsItsGroupAndMissesNothing(string transport)
    {
        await using var balancer = TcpProxy.Start(_first.Address.Host, _first.Address.Port);
        using var connection = new HubConnection($"http://{balancer.EndPoint}/signalr", useDefaultUrl: false);
        var hub = connection.CreateHubProxy("chat");
        var inbox = new Inbox<string>(hub, "received");
        using var sender = new ChatClient(_second);
        await connection.StartAsync(transport);
        await sender.StartAsync("webSockets");
        await hub.Invoke("Join", "tea").WaitAsync(Wait.Limit);
        await sender.CallAsync("SendToGroup", "tea", "before");
        Assert.Equal("before", await inbox.NextAsync());

        balancer.Redirect(_second.Address.Port);
        balancer.CutAll();
        await sender.CallAsync("SendToGroup", "tea", "meanwhile");
        await _second.Journal.NextAsync(transport == "longPolling" ? "begun poll" : "begun reconnect");
        await sender.CallAsync("SendToGroup", "tea", "after");

        Assert.Equal(["meanwhile", "after"], await inbox.UntilAsync("after"));
    }

    private Task<SignalRHost> StartServerAsync() => SignalRHost.StartAsync(services: services =>
    {
        // Servers of a farm share the keys of their tokens.
        services.AddSingleton<IDataProtectionProvider>(_keys);
        services.AddClassicSignalR().AddRedisBackplane(options =>
        {
            options.ConnectionString = _redis;
            options.AppName = _appName;
        });
    });
}
