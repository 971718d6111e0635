using System.Net.WebSockets;
using System.Text;

namespace RedisBackplane.LastMile.Clients;

/// <summary>Classic SignalR, protocol 1.5.</summary>
internal sealed class ClassicProtocol(string transport) : IProtocol
{
    public const string WebSockets = "webSockets";
    public const string ServerSentEvents = "serverSentEvents";
    public const string LongPolling = "longPolling";

    /// <summary>The hub that clients connect to, for a query.</summary>
    public static readonly string Data = Uri.EscapeDataString("""[{"name":"bench"}]""");

    private static readonly byte[] IsStarted = "\"S\":1"u8.ToArray();

    public async Task<Connection> ConnectAsync(HttpMessageInvoker http, string host, int port) =>
        (await StartAsync(http, host, port)).Connection;

    public async Task VisitAsync(HttpMessageInvoker http, string host, int port)
    {
        var (connection, requests) = await StartAsync(http, host, port);
        await requests.AbortAsync();
        await connection.DisposeAsync();
    }

    public byte[] Call(int id, string method, params string[] arguments) => Encoding.UTF8.GetBytes(CallText(id, method, arguments));

    /// <summary>A call whose answer is wanted.</summary>
    public static string CallText(int id, string method, params string[] arguments) =>
        $$"""{"H":"bench","M":"{{method}}","A":[{{string.Join(',', arguments.Select(argument => $"\"{argument}\""))}}],"I":{{id}}}""";

    private async Task<(Connection Connection, ClassicRequests Requests)> StartAsync(HttpMessageInvoker http, string host, int port)
    {
        var requests = new ClassicRequests(http, host, port, transport);
        await requests.NegotiateAsync();
        Connection connection = transport switch
        {
            WebSockets => await OpenSocketAsync(http, requests),
            ServerSentEvents => await OpenEventsAsync(requests),
            LongPolling => new PollingConnection(requests, PollingConnection.CursorOf(await requests.GetAsync("connect"))),
            _ => throw new ArgumentException($"There is no transport '{transport}'."),
        };
        await requests.GetAsync("start");
        return (connection, requests);
    }

    private static async Task<Connection> OpenSocketAsync(HttpMessageInvoker http, ClassicRequests requests)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(requests.UrlOf("connect", "ws"), http, CancellationToken.None);
        await ReadStartAsync(async buffer => (await socket.ReceiveAsync(buffer, CancellationToken.None)).Count);
        return new SocketConnection(socket, requests.Id);
    }

    private static async Task<Connection> OpenEventsAsync(ClassicRequests requests)
    {
        var response = await requests.OpenAsync("connect");
        var stream = await response.Content.ReadAsStreamAsync();
        await ReadStartAsync(async buffer => await stream.ReadAsync(buffer));
        return new EventsConnection(requests, response);
    }

    private static async Task ReadStartAsync(Func<Memory<byte>, Task<int>> read)
    {
        var buffer = new byte[4096];
        var count = 0;
        while (buffer.AsSpan(0, count).IndexOf(IsStarted) < 0)
        {
            var more = await read(buffer.AsMemory(count));
            count += more > 0 ? more : throw new IOException("The connection ended before it started.");
        }
    }
}
