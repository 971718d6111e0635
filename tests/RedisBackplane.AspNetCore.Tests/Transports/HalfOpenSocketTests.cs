using Microsoft.AspNet.SignalR.Transports;
using RedisBackplane.AspNetCore.Transports;

namespace RedisBackplane.AspNetCore.Tests.Transports;

/// <summary>
/// Clients whose network fails without a sign: the socket of the server stays open, and nobody reads from it.
/// </summary>
public sealed class HalfOpenSocketTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Client_WhoseNetworkSwallowsEverything_ComesBackAndMissesNothing(bool stock)
    {
        await using var host = await SignalRHost.StartAsync(
            options => options.UseStockTransports = options.UseStockHubDispatcher = stock);
        await using var network = TcpProxy.Start(host.Address.Host, host.Address.Port);
        await using var other = await RawSocket.ConnectAsync(host, "odd");
        await using var lost = await RawSocket.ConnectAsync(host, "odd", through: network);
        await BroadcastAsync(other, "before");
        await HasAsync(lost, "before");

        network.Blackhole();
        await BroadcastAsync(other, "meanwhile");
        await using var back = await lost.ReconnectAsync(host);
        await HasAsync(back, "meanwhile");
        await BroadcastAsync(other, "after");
        await HasAsync(back, "after");

        Assert.Equal(2, Heard(back).Count);
        Assert.DoesNotContain(Heard(lost), text => !text.Contains("before", StringComparison.Ordinal));

        // The server gives up the socket that nobody reads, and keeps both clients.
        while (await host.Journal.NextAsync("ended") != "/signalr/connect")
        {
            // A start.
        }

        await back.PassAsync("odd");
        Assert.Equal(2, host.Resolver.Resolve<ITransportHeartbeat>().GetConnections().Count);
    }

    /// <summary>The old socket still waits to send, and receives as late as that that the client has stopped.</summary>
    [Fact]
    public async Task Client_ThatCameBackFromAStalledNetworkAndStops_LeavesOnce()
    {
        await using var host = await SignalRHost.StartAsync(options => options.UseStockTransports = false);
        await using var network = TcpProxy.Start(host.Address.Host, host.Address.Port);
        await using var stalled = await RawSocket.ConnectAsync(host, "chat", through: network);
        var old = (ClientTransport)Assert.Single(host.Resolver.Resolve<ITransportHeartbeat>().GetConnections());
        network.Stall(ProxyDirections.ToClient);
        await host.Contexts.GetHubContext<ChatHub>().Clients.All.received(new string('x', 8 * 1024 * 1024));
        await Eventually.BecomesTrueAsync(() => old.IsSending, "the message is being sent", Wait.Limit);

        await using var back = await stalled.ReconnectAsync(host);
        await back.AbortAsync(host);
        Assert.EndsWith("stopped", await host.Journal.NextAsync("disconnected"), StringComparison.Ordinal);
        network.Resume();

        await stalled.Receiving.WaitAsync(Wait.Limit);
        await Eventually.BecomesTrueAsync(() => !old.IsSending, "the old socket has ended", Wait.Limit);
        Assert.Null(host.Journal.TryNext("disconnected"));
    }

    private static async Task BroadcastAsync(RawSocket from, string text)
    {
        await from.SendAsync($$"""{"H":"odd","M":"All","A":["{{text}}"],"I":"all"}""");
        await HasAsync(from, text);
    }

    private static Task HasAsync(RawSocket socket, string text) => Eventually.BecomesTrueAsync(
        () => Heard(socket).Any(message => message.Contains(text, StringComparison.Ordinal)), $"'{text}' came", Wait.Limit);

    private static List<string> Heard(RawSocket socket) =>
        socket.Comparable().FindAll(message => message.Contains("\"hear\"", StringComparison.Ordinal));
}
