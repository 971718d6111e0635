using Microsoft.AspNet.SignalR.Transports;

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
