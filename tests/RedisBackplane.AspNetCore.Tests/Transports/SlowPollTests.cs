using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNet.SignalR.Transports;
using RedisBackplane.AspNetCore.Transports;

namespace RedisBackplane.AspNetCore.Tests.Transports;

/// <summary>A long polling client on a slow link.</summary>
public sealed class SlowPollTests
{
    /// <summary>
    /// SignalR's heartbeat ends every poll that is older than ConnectionTimeout, and marks none of them as alive.
    /// </summary>
    [Fact]
    public async Task Poll_WhoseAnswerIsOnItsWay_IsNotTimedOutAndStaysAlive()
    {
        var marked = new ConcurrentQueue<ITrackingConnection>();
        await using var host = await SignalRHost.StartAsync(
            options => options.UseStockTransports = false,
            services => services.AddClassicSignalR().ConfigureResolver((_, resolver) =>
            {
                var heartbeat = new WatchedHeartbeat(resolver.Resolve<ITransportHeartbeat>(), marked);
                resolver.Register(typeof(ITransportHeartbeat), () => heartbeat);
            }));
        await using var network = TcpProxy.Start(host.Address.Host, host.Address.Port);
        using var http = new HttpClient { BaseAddress = new Uri($"http://{network.EndPoint}") };
        await using var client = await RawConnection.NegotiateAsync(http, "longPolling");
        await client.ConnectAsync();
        using var first = JsonDocument.Parse(await client.ToEndAsync());
        await client.StartAsync();
        var cursor = Uri.EscapeDataString(first.RootElement.GetProperty("C").GetString()!);
        var answer = http.GetStringAsync(client.Url("poll", $"&messageId={cursor}"));
        var heartbeat = host.Resolver.Resolve<ITransportHeartbeat>();
        await Eventually.BecomesTrueAsync(
            () => heartbeat.GetConnections().Any(static poll => poll.IsAlive), "the client polls", Wait.Limit);
        var poll = (ClientTransport)Assert.Single(heartbeat.GetConnections());

        network.Stall(ProxyDirections.ToClient);
        await host.Contexts.GetHubContext<ChatHub>().Clients.All.received(new string('x', 8 * 1024 * 1024));
        await Eventually.BecomesTrueAsync(() => poll.IsSending, "the answer is being sent", Wait.Limit);
        marked.Clear();
        poll.Timeout();
        Assert.Same(poll, Assert.Single(marked));
        network.Resume();

        Assert.InRange((await answer.WaitAsync(Wait.Limit)).Length, 8 * 1024 * 1024, int.MaxValue);
        Assert.False(poll.IsTimedOut);
    }

    private sealed class WatchedHeartbeat(ITransportHeartbeat heartbeat, ConcurrentQueue<ITrackingConnection> marked) : ITransportHeartbeat
    {
        public ITrackingConnection AddOrUpdateConnection(ITrackingConnection connection) => heartbeat.AddOrUpdateConnection(connection);

        public void MarkConnection(ITrackingConnection connection)
        {
            marked.Enqueue(connection);
            heartbeat.MarkConnection(connection);
        }

        public void RemoveConnection(ITrackingConnection connection) => heartbeat.RemoveConnection(connection);

        public IList<ITrackingConnection> GetConnections() => heartbeat.GetConnections();
    }
}
