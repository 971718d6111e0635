using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace RedisBackplane.LastMile.Clients;

/// <summary>Classic SignalR, protocol 1.5.</summary>
internal sealed class ClassicProtocol : IProtocol
{
    /// <summary>The hub that clients connect to, for a query.</summary>
    public static readonly string Data = Uri.EscapeDataString("""[{"name":"bench"}]""");

    public async Task<(WebSocket Socket, string Id)> ConnectAsync(HttpMessageInvoker http, string host, int port)
    {
        var answer = await GetAsync($"http://{host}:{port}/signalr/negotiate?clientProtocol=1.5&connectionData={Data}");
        using var json = JsonDocument.Parse(answer);
        var token = Uri.EscapeDataString(json.RootElement.GetProperty("ConnectionToken").GetString()!);
        var query = $"transport=webSockets&clientProtocol=1.5&connectionToken={token}&connectionData={Data}";
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"ws://{host}:{port}/signalr/connect?{query}"), http, CancellationToken.None);
        var buffer = new byte[4096];
        string first;
        do
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
            first = Encoding.UTF8.GetString(buffer, 0, received.Count);
        }
        while (!first.Contains("\"S\":1", StringComparison.Ordinal));
        await GetAsync($"http://{host}:{port}/signalr/start?{query}");
        return (socket, json.RootElement.GetProperty("ConnectionId").GetString()!);

        async Task<string> GetAsync(string url)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            using var response = await http.SendAsync(request, CancellationToken.None);
            response.EnsureSuccessStatusCode();
            return await response.Content.ReadAsStringAsync();
        }
    }

    public byte[] Call(int id, string method, params string[] arguments) => Encoding.UTF8.GetBytes(CallText(id, method, arguments));

    /// <summary>A call whose answer is wanted.</summary>
    public static string CallText(int id, string method, params string[] arguments) =>
        $$"""{"H":"bench","M":"{{method}}","A":[{{string.Join(',', arguments.Select(argument => $"\"{argument}\""))}}],"I":{{id}}}""";
}
