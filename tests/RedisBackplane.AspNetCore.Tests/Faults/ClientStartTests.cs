using Microsoft.AspNet.SignalR.Messaging;

namespace RedisBackplane.AspNetCore.Tests.Faults;

/// <summary>Clients that come while Redis is away.</summary>
[NeedsRedis]
public sealed class ClientStartTests : IAsyncLifetime
{
    private readonly string _appName = AppNames.Unique("start");
    private RedisServerProcess _redis = null!;
    private TcpProxy _toRedis = null!;

    public async Task InitializeAsync()
    {
        Skip.If(TestRedisSource.ProcessSkipReason is not null, TestRedisSource.ProcessSkipReason);
        _redis = await RedisServerProcess.StartAsync();
        _toRedis = TcpProxy.Start(_redis);
    }

    public async Task DisposeAsync()
    {
        await _toRedis.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [SkippableTheory, EachTransport]
    public async Task Client_StartsBeforeRedisWasEverThere_HearsAllFromThenOn(string transport)
    {
        Cut();
        await using var host = await StartServerAsync();

        await HearsAllFromItsStartAsync(host, transport);
    }

    [SkippableTheory, EachTransport]
    public async Task Client_StartsDuringAnOutage_HearsAllFromThenOn(string transport)
    {
        await using var host = await StartServerAsync();
        var bus = (RedisMessageBus)host.Resolver.Resolve<IMessageBus>();
        using var limit = new CancellationTokenSource(Wait.Limit);
        await bus.WhenConnectedAsync(limit.Token);
        Cut();
        await Eventually.BecomesTrueAsync(() => !bus.Status.IsConnected, "the bus knows that Redis is away", Wait.Limit);

        await HearsAllFromItsStartAsync(host, transport);
    }

    private async Task HearsAllFromItsStartAsync(SignalRHost host, string transport)
    {
        using var client = await ChatClient.StartAsync(host, transport);
        var clients = host.Contexts.GetHubContext<ChatHub>().Clients;
        Task first = clients.All.received("first");
        Task second = clients.Client(client.Connection.ConnectionId).received("second");
        Assert.False(first.IsCompleted);

        _toRedis.Resume();

        await Task.WhenAll(first, second).WaitAsync(Wait.Limit);
        Assert.Equal("first", await client.Inbox.NextAsync());
        Assert.Equal("second", await client.Inbox.NextAsync());
        await client.CallAsync(nameof(ChatHub.SendToCaller), "third");
        Assert.Equal(["third"], await client.Inbox.UntilAsync("third"));
    }

    private void Cut()
    {
        _toRedis.RefuseNew();
        _toRedis.CutAll();
    }

    private Task<SignalRHost> StartServerAsync() => SignalRHost.StartOnRedisAsync(_toRedis.EndPoint, _appName);
}
