using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;

namespace RedisBackplane.AspNetCore.Tests.Hosting;

/// <summary>SignalR's protocol over a WebSocket, by hand: it sends any text, and keeps every text it gets.</summary>
internal sealed class RawSocket : IAsyncDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly Lock _gate = new();
    private readonly List<string> _received = [];
    private readonly TaskCompletionSource _initialized = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _sentinels;
    private (string Id, TaskCompletionSource Answered) _passed = (string.Empty, new TaskCompletionSource());
    private Task _receiving = Task.CompletedTask;
    private string _query = string.Empty;

    private RawSocket()
    {
    }

    public WebSocket Socket => _socket;

    /// <summary>Ends when the server closes the connection or it breaks.</summary>
    public Task Receiving => _receiving;

    public string Token { get; private set; } = string.Empty;

    /// <param name="more">More of the query string, beginning with an ampersand.</param>
    /// <param name="reads">Whether it reads what it gets.</param>
    /// <param name="through">What is between the socket and the server; null for nothing.</param>
    public static async Task<RawSocket> ConnectAsync(
        SignalRHost host, string hub, string protocol = "1.5", string? more = null, bool reads = true, TcpProxy? through = null)
    {
        var data = Uri.EscapeDataString($$"""[{"name":"{{hub}}"}]""");
        var answer = await host.Client.GetFromJsonAsync<JsonElement>(
            new Uri($"/signalr/negotiate?clientProtocol={protocol}&connectionData={data}{more}", UriKind.Relative));
        var connection = new RawSocket { Token = answer.GetProperty("ConnectionToken").GetString()! };
        var query = $"transport=webSockets&clientProtocol={protocol}&connectionToken={Uri.EscapeDataString(connection.Token)}"
            + $"&connectionData={data}{more}";
        connection._query = query;
        await connection.OpenAsync(through is null ? host.Address : new Uri($"http://{through.EndPoint}"), "connect", query);
        if (reads)
        {
            connection._receiving = connection.ReceiveAsync();
            await connection._initialized.Task.WaitAsync(Wait.Limit);
        }

        await host.Client.GetStringAsync(new Uri($"/signalr/start?{query}", UriKind.Relative)).WaitAsync(Wait.Limit);
        return connection;
    }

    /// <summary>Comes back to the server, at the place up to which the connection has received.</summary>
    public async Task<RawSocket> ReconnectAsync(SignalRHost host)
    {
        var cursor = All().Select(CursorOf).Last(cursor => cursor is not null)!;
        var connection = new RawSocket { Token = Token, _query = _query };
        await connection.OpenAsync(host.Address, "reconnect", $"{_query}&messageId={Uri.EscapeDataString(cursor)}");
        connection._receiving = connection.ReceiveAsync();
        return connection;
    }

    /// <summary>Tells the server that the client stops.</summary>
    public async Task AbortAsync(SignalRHost host)
    {
        using var answer = await host.Client.PostAsync(new Uri($"/signalr/abort?{_query}", UriKind.Relative), content: null)
            .WaitAsync(Wait.Limit);
        answer.EnsureSuccessStatusCode();
    }

    public Task SendAsync(string text, WebSocketMessageType type = WebSocketMessageType.Text) =>
        _socket.SendAsync(Encoding.UTF8.GetBytes(text), type, endOfMessage: true, CancellationToken.None).WaitAsync(Wait.Limit);

    /// <summary>
    /// Sends a call and waits for its answer. Everything that was sent before has then been read, but its answers may
    /// still come.
    /// </summary>
    public async Task PassAsync(string hub)
    {
        var id = $"sentinel-{Interlocked.Increment(ref _sentinels)}";
        _passed = (id, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        await SendAsync($$"""{"H":"{{hub}}","M":"Ping","A":[],"I":"{{id}}"}""");
        await _passed.Answered.Task.WaitAsync(Wait.Limit);
    }

    /// <summary>The received answers and calls, sorted, without the cursor, which differs from run to run.</summary>
    public List<string> Comparable()
    {
        var texts = new List<string>();
        foreach (var text in All())
        {
            using var json = JsonDocument.Parse(text);
            if (json.RootElement.TryGetProperty("C", out _))
            {
                texts.AddRange(json.RootElement.GetProperty("M").EnumerateArray().Select(message => message.GetRawText()));
            }
            else if (text != "{}")
            {
                texts.Add(text);
            }
        }

        texts.Sort(StringComparer.Ordinal);
        return texts;
    }

    public List<string> All()
    {
        lock (_gate)
        {
            return [.. _received];
        }
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Abort();
        await _receiving.WaitAsync(Wait.Limit);
        _socket.Dispose();
    }

    private static string? CursorOf(string text)
    {
        using var json = JsonDocument.Parse(text);
        return json.RootElement.TryGetProperty("C", out var cursor) ? cursor.GetString() : null;
    }

    private Task OpenAsync(Uri server, string action, string query)
    {
        var address = new UriBuilder(new Uri(server, $"/signalr/{action}")) { Scheme = "ws", Query = query };
        return _socket.ConnectAsync(address.Uri, CancellationToken.None).WaitAsync(Wait.Limit);
    }

    private async Task ReceiveAsync()
    {
        try
        {
            await foreach (var text in _socket.TextsAsync())
            {
                Keep(text);
            }
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One of the two sides closed the connection. If a socket is aborted between two reads, it says that it is
            // disposed.
        }
        finally
        {
            _initialized.TrySetResult();
        }
    }

    private void Keep(string text)
    {
        lock (_gate)
        {
            _received.Add(text);
        }

        if (_passed.Id.Length > 0 && text.Contains($"\"{_passed.Id}\"", StringComparison.Ordinal))
        {
            _passed.Answered.TrySetResult();
        }

        if (text.Contains("\"S\":1", StringComparison.Ordinal))
        {
            _initialized.TrySetResult();
        }
    }
}
