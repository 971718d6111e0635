using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace RedisBackplane.LastMile.Clients;

/// <summary>ASP.NET Core SignalR, JSON, version 1.</summary>
internal sealed class CoreProtocol : IProtocol
{
    private const char End = '\u001e';

    public async Task<Connection> ConnectAsync(HttpMessageInvoker http, string host, int port)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://{host}:{port}/bench/negotiate?negotiateVersion=1");
        using var response = await http.SendAsync(request, CancellationToken.None);
        response.EnsureSuccessStatusCode();
        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        var token = Uri.EscapeDataString(json.RootElement.GetProperty("connectionToken").GetString()!);
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"ws://{host}:{port}/bench?id={token}"), http, CancellationToken.None);
        await socket.SendAsync(
            Encoding.UTF8.GetBytes("""{"protocol":"json","version":1}""" + End), WebSocketMessageType.Text, true, CancellationToken.None);
        await socket.ReceiveAsync(new byte[4096].AsMemory(), CancellationToken.None);
        return new SocketConnection(socket, json.RootElement.GetProperty("connectionId").GetString()!);
    }

    public async Task VisitAsync(HttpMessageInvoker http, string host, int port) =>
        await (await ConnectAsync(http, host, port)).DisposeAsync();

    public byte[] Call(int id, string method, params string[] arguments)
    {
        var list = string.Join(',', arguments.Select(argument => $"\"{argument}\""));
        return Encoding.UTF8.GetBytes(
            $$"""{"type":1,"invocationId":"{{id}}","target":"{{method}}","arguments":[{{list}}]}""" + End);
    }
}
