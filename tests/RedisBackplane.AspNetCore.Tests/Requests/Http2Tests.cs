using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace RedisBackplane.AspNetCore.Tests.Requests;

/// <summary>Browsers use HTTP/2 with a server that has TLS, and newer ones open WebSockets within it.</summary>
public sealed class Http2Tests
{
    [Fact]
    public async Task WebSocket_WithinHttp2_ServesTheHub()
    {
        await using var host = await SignalRHost.StartAsync(services: services => services.Configure<KestrelServerOptions>(
            kestrel => kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http2)));
        using var client = new HttpClient
        {
            BaseAddress = host.Address,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        var answer = await client.GetFromJsonAsync<JsonElement>(new Uri("/signalr/negotiate?clientProtocol=1.5", UriKind.Relative));
        await using var connection = await RawConnection.NegotiateAsync(client, "webSockets");
        using var socket = new ClientWebSocket();
        socket.Options.HttpVersion = HttpVersion.Version20;
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        using var timeout = new CancellationTokenSource(Wait.Limit);

        var url = new UriBuilder(new Uri(host.Address, connection.Url("connect"))) { Scheme = "ws" }.Uri;
        await socket.ConnectAsync(url, client, timeout.Token);
        await connection.StartAsync();
        await socket.SendAsync(
            Encoding.UTF8.GetBytes("""{"H":"chat","M":"Echo","A":["over two"],"I":1}"""), WebSocketMessageType.Text, true, timeout.Token);

        Assert.True(answer.GetProperty("TryWebSockets").GetBoolean());
        Assert.Equal("over two", await AnswerAsync(socket, timeout.Token));
    }

    private static async Task<string?> AnswerAsync(ClientWebSocket socket, CancellationToken cancellationToken)
    {
        await foreach (var text in socket.TextsAsync(cancellationToken))
        {
            if (JsonDocument.Parse(text).RootElement.TryGetProperty("R", out var result))
            {
                return result.GetString();
            }
        }

        return null;
    }
}
