using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;

namespace RedisBackplane.AspNetCore.Tests.Hosting;

/// <summary>SignalR's protocol over plain HTTP, written by hand, for details that no client library shows.</summary>
internal sealed class RawConnection(HttpClient http, string transport, string hub, string token) : IAsyncDisposable
{
    // Bytes that are not UTF-8 must fail, and not become question marks.
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private StreamReader? _stream;

    public HttpResponseMessage? Response { get; private set; }

    public string Token { get; } = token;

    /// <param name="more">Additional parameters of the query string, beginning with an ampersand.</param>
    public static async Task<RawConnection> NegotiateAsync(HttpClient http, string transport, string hub = "chat", string? more = null)
    {
        var answer = await http.GetFromJsonAsync<JsonElement>(
            new Uri($"/signalr/negotiate?clientProtocol=1.5{Data(hub)}{more}", UriKind.Relative));
        return new RawConnection(http, transport, hub, answer.GetProperty("ConnectionToken").GetString()!);
    }

    /// <summary>The same connection, taken to another host.</summary>
    public RawConnection At(HttpClient other) => new(other, transport, hub, Token);

    public Uri Url(string action, string? more = null) => new(
        $"/signalr/{action}?transport={transport}&clientProtocol=1.5&connectionToken={Uri.EscapeDataString(Token)}{Data(hub)}{more}",
        UriKind.Relative);

    /// <summary>Opens the stream of messages; returns when its headers have arrived.</summary>
    public async Task ConnectAsync(string? more = null, Action<HttpRequestMessage>? configure = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Url("connect", more));
        configure?.Invoke(request);
        Response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Wait.Limit);
        Response.EnsureSuccessStatusCode();
        _stream = new StreamReader(await Response.Content.ReadAsStreamAsync(), Strict);
    }

    /// <summary>
    /// Starts the connection, as every client does: when the stream has said that it is subscribed. Its headers come
    /// before that.
    /// </summary>
    public async Task StartAsync(string? more = null)
    {
        if (_stream is not null && transport != "longPolling")
        {
            await LineWithAsync("\"S\":1");
        }

        await http.GetStringAsync(Url("start", more)).WaitAsync(Wait.Limit);
    }

    public Task<HttpResponseMessage> SendAsync(HttpContent body) => http.PostAsync(Url("send"), body).WaitAsync(Wait.Limit);

    /// <summary>The next line of the stream that contains this text; fails if it does not arrive in time.</summary>
    public async Task<string> LineWithAsync(string text)
    {
        using var timeout = new CancellationTokenSource(Wait.Limit);
        while (await _stream!.ReadLineAsync(timeout.Token) is { } line)
        {
            if (line.Contains(text, StringComparison.Ordinal))
            {
                return line;
            }
        }

        throw new InvalidOperationException($"The stream ended without '{text}'.");
    }

    /// <summary>Asks the host for a WebSocket from a page of an origin.</summary>
    /// <returns>How the host answered, and whether the socket opened.</returns>
    public static async Task<(HttpStatusCode Status, bool IsOpen)> OpenSocketAsync(SignalRHost host, string? origin)
    {
        await using var connection = await NegotiateAsync(host.Client, "webSockets");
        using var socket = new ClientWebSocket();
        if (origin is not null)
        {
            socket.Options.SetRequestHeader("Origin", origin);
        }

        socket.Options.CollectHttpResponseDetails = true;
        using var timeout = new CancellationTokenSource(Wait.Limit);
        var url = new UriBuilder(new Uri(host.Address, connection.Url("connect"))) { Scheme = "ws" }.Uri;
        var exception = await Record.ExceptionAsync(() => socket.ConnectAsync(url, timeout.Token));
        return (socket.HttpStatusCode, exception is null);
    }

    /// <summary>The rest of the stream, which the server ends.</summary>
    public Task<string> ToEndAsync() => _stream!.ReadToEndAsync().WaitAsync(Wait.Limit);

    /// <summary>Closes the stream without a goodbye, like a lost client.</summary>
    public ValueTask DisposeAsync()
    {
        _stream?.Dispose();
        Response?.Dispose();
        return ValueTask.CompletedTask;
    }

    private static string Data(string hub) => $"&connectionData={Uri.EscapeDataString($$"""[{"name":"{{hub}}"}]""")}";
}
