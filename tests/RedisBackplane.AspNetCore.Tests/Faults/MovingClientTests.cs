using System.Globalization;
using Microsoft.AspNet.SignalR.Client;
using Microsoft.AspNetCore.DataProtection;

namespace RedisBackplane.AspNetCore.Tests.Faults;

/// <summary>A real client behind a load balancer, whose server dies during an outage of Redis.</summary>
[NeedsRedis]
public sealed class MovingClientTests : IAsyncLifetime
{
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(10);

    private readonly EphemeralDataProtectionProvider _keys = new();
    private readonly string _appName = AppNames.Unique("moving");
    private RedisServerProcess _redis = null!;
    private TcpProxy _toRedis = null!;
    private SignalRHost _second = null!;

    public async Task InitializeAsync()
    {
        Skip.If(TestRedisSource.ProcessSkipReason is not null, TestRedisSource.ProcessSkipReason);
        _redis = await RedisServerProcess.StartAsync();
        _toRedis = TcpProxy.Start(_redis);
        _second = await StartServerAsync();
    }

    public async Task DisposeAsync()
    {
        await _second.DisposeAsync();
        await _toRedis.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [SkippableTheory, EachTransport]
    public async Task Client_LosesItsServerDuringAnOutage_HearsEveryMessageOnce(string transport)
    {
        await using var first = await StartServerAsync();
        await using var balancer = TcpProxy.Start(first.Address.Host, first.Address.Port);
        using var client = new ChatClient(balancer);
        await client.StartAsync(transport);

        using var stopping = new CancellationTokenSource();
        var publishing = PublishAsync(stopping.Token);
        Assert.Equal("0", await client.Inbox.NextAsync());
        _toRedis.RefuseNew();
        _toRedis.CutAll();
        await Task.Delay(Outage / 2);

        // The server dies without closing anything, and the balancer sends the client to the other one.
        balancer.Redirect(_second.Address.Port);
        balancer.CutAll();
        await _second.Journal.NextAsync(transport == "longPolling" ? "begun poll" : "begun reconnect");
        await Task.Delay(Outage / 2);
        _toRedis.Resume();

        var known = await client.Inbox.NextAsync();
        await Eventually.BecomesTrueAsync(() => client.Connection.State == ConnectionState.Connected, "the client is connected again");
        await Task.Delay(TimeSpan.FromSeconds(1));
        await stopping.CancelAsync();
        var published = await publishing;
        var received = await client.Inbox.UntilAsync((published - 1).ToString(CultureInfo.InvariantCulture));

        var all = Enumerable.Range(0, published).Select(number => number.ToString(CultureInfo.InvariantCulture));
        Assert.Equal(all, ["0", known, .. received]);
        Assert.Empty(client.Inbox.Rest());
    }

    private Task<SignalRHost> StartServerAsync() => SignalRHost.StartOnRedisAsync(_toRedis.EndPoint, _appName, _keys);

    // From the server that survives, before, during and after the outage.
    private async Task<int> PublishAsync(CancellationToken stop)
    {
        var clients = _second.Contexts.GetHubContext<ChatHub>().Clients;
        var sends = new List<Task>();
        while (!stop.IsCancellationRequested)
        {
            Task send = clients.All.received(sends.Count.ToString(CultureInfo.InvariantCulture));
            sends.Add(send);
            await Task.Delay(Between, CancellationToken.None);
        }

        await Task.WhenAll(sends).WaitAsync(Wait.Limit, CancellationToken.None);
        return sends.Count;
    }
}
