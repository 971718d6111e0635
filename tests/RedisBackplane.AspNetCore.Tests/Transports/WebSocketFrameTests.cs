using System.Net.WebSockets;
using Microsoft.AspNet.SignalR.Transports;

namespace RedisBackplane.AspNetCore.Tests.Transports;

/// <summary>Frames that only a client without a library sends over a WebSocket.</summary>
public sealed class WebSocketFrameTests
{
    [Fact]
    public async Task Message_InManyFragments_IsOneCall()
    {
        await using var host = await SignalRHost.StartAsync();
        await using var socket = await RawSocket.ConnectAsync(host, "odd");
        var call = Encoding.UTF8.GetBytes("""{"H":"odd","M":"Echo","A":["grüße"],"I":"parts"}""");

        for (var i = 0; i < call.Length; i++)
        {
            await socket.Socket.SendAsync(
                new ArraySegment<byte>(call, i, 1), WebSocketMessageType.Text, endOfMessage: i == call.Length - 1, CancellationToken.None);
        }

        // Answers have no order.
        const string Answer = """{"R":"grüße","I":"parts"}""";
        await Eventually.BecomesTrueAsync(() => socket.Comparable().Contains(Answer), "the call is answered", Wait.Limit);
    }

    [Theory]
    [InlineData(WebSocketMessageType.Binary, 10)]
    [InlineData(WebSocketMessageType.Text, 100_000)]
    public async Task Message_ThatIsBinaryOrTooLarge_EndsTheConnectionAlone(WebSocketMessageType type, int length)
    {
        await using var host = await SignalRHost.StartAsync();
        await using var other = await RawSocket.ConnectAsync(host, "odd");
        await using var socket = await RawSocket.ConnectAsync(host, "odd");

        await socket.SendAsync(new string('x', length), type);

        await socket.Receiving.WaitAsync(Wait.Limit);
        await other.PassAsync("odd");
    }

    [Fact]
    public async Task Message_OfAHundredMegabytes_EndsTheConnectionAndSaysWhichSettingRefusedIt()
    {
        var logs = new CapturedLogs();
        await using var host = await SignalRHost.StartAsync(
            options => options.UseStockTransports = false, services => services.AddSingleton(logs.Provider));
        await using var other = await RawSocket.ConnectAsync(host, "odd");
        await using var socket = await RawSocket.ConnectAsync(host, "odd");

        // The server stops reading at its limit, so the rest cannot be sent. Then the socket of the client is aborted.
        var error = await Record.ExceptionAsync(() => SendAsync(socket.Socket, parts: 100, new byte[1024 * 1024]));
        Assert.True(error is WebSocketException or OperationCanceledException, $"{error}");

        var log = await logs.NextAsync(entry => entry.Message.Contains("MaxIncomingWebSocketMessageSize", StringComparison.Ordinal));
        Assert.Contains("A message of more than 65536 bytes came", log.Message, StringComparison.Ordinal);
        await socket.Receiving.WaitAsync(Wait.Limit);
        await other.PassAsync("odd");
    }

    [Fact]
    public async Task Client_ThatVanishes_IsNotAliveAndHoldsUpNobody()
    {
        await using var host = await SignalRHost.StartAsync();
        await using var other = await RawSocket.ConnectAsync(host, "odd");
        var socket = await RawSocket.ConnectAsync(host, "odd");
        await socket.DisposeAsync();

        var heartbeat = host.Resolver.Resolve<ITransportHeartbeat>();
        await Eventually.BecomesTrueAsync(
            () => heartbeat.GetConnections().Count(connection => connection.IsAlive) == 1, "one connection is alive", Wait.Limit);

        await other.SendAsync(OddBroadcast("after"));
        await other.PassAsync("odd");
        await Eventually.BecomesTrueAsync(
            () => other.Comparable().Any(text => text.Contains("after", StringComparison.Ordinal)), "the broadcast came", Wait.Limit);
    }

    [Fact]
    public async Task Client_ThatReadsNothing_HoldsUpNobodyElse()
    {
        await using var host = await SignalRHost.StartAsync();
        await using var slow = await RawSocket.ConnectAsync(host, "odd", reads: false);
        await using var other = await RawSocket.ConnectAsync(host, "odd");
        var text = new string('y', 50_000);

        for (var i = 0; i < 100; i++)
        {
            await other.SendAsync(OddBroadcast($"{i} {text}"));
        }

        await Eventually.BecomesTrueAsync(
            () => other.Comparable().Count(message => message.Contains("\"hear\"", StringComparison.Ordinal)) == 100,
            "all broadcasts came", Wait.Limit);
    }

    private static async Task SendAsync(WebSocket socket, int parts, byte[] part)
    {
        for (var i = 0; i < parts; i++)
        {
            await socket.SendAsync(part, WebSocketMessageType.Text, endOfMessage: i == parts - 1, CancellationToken.None)
                .WaitAsync(Wait.Limit);
        }
    }

    private static string OddBroadcast(string text) => $$"""{"H":"odd","M":"All","A":["{{text}}"],"I":"all"}""";
}
