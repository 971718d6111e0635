using System.Net.Sockets;

namespace RedisBackplane.AspNetCore.Tests.Transports;

/// <summary>
/// Clients that connect and read nothing. If each held a thread, they would soon use up the pool, which has a few
/// threads and creates about one a second.
/// </summary>
public sealed class StuckClientTests
{
    private const int Stuck = 60;
    private const int Messages = 60;

    [Theory]
    [InlineData(false, "webSockets")]
    [InlineData(false, "serverSentEvents")]
    [InlineData(false, "foreverFrame")]
    [InlineData(false, "longPolling")]
    [InlineData(true, "serverSentEvents")]
    public async Task Clients_ThatReadNothing_HoldUpNobodyElse(bool stock, string transport)
    {
        await using var host = await SignalRHost.StartAsync(options => options.UseStockTransports = stock);
        var stuck = new List<Socket>();
        for (var i = 0; i < Stuck; i++)
        {
            stuck.Add(await ConnectAsync(host, transport));
        }

        await using var client = await WireClient.ConnectAsync(host, "webSockets", "chat");
        var text = new string('y', 50_000);
        for (var i = 0; i < Messages; i++)
        {
            await client.CallAsync("chat", "Broadcast", $"{i} {text}");
        }

        await client.CallAsync("chat", "Broadcast", "end");
        Assert.Equal(Messages + 1, (await client.Inbox.UntilAsync("received(end)")).Count);
        stuck.ForEach(socket => socket.Dispose());
    }

    // Only the request, with the smallest receive buffer that the system offers.
    private static async Task<Socket> ConnectAsync(SignalRHost host, string transport)
    {
        await using var connection = await RawConnection.NegotiateAsync(host.Client, transport);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(host.Address.Host, host.Address.Port);
        var upgrade = transport == "webSockets"
            ? "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            : string.Empty;
        var request = $"GET {connection.Url("connect", "&frameId=1")} HTTP/1.1\r\nHost: {host.Address.Authority}\r\n{upgrade}\r\n";
        await socket.SendAsync(Encoding.ASCII.GetBytes(request));
        await host.Journal.NextAsync("begun connect");
        return socket;
    }
}
