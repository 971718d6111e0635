using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;

namespace RedisBackplane.AspNetCore.Tests.Hosting;

/// <summary>
/// A client of SignalR's protocol over any of its four transports, forever frame included, which no library but the one
/// for Internet Explorer has. Streams and calls may be at different servers of a farm.
/// </summary>
internal sealed class WireClient : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<JsonElement>> _calls = new();
    private readonly TaskCompletionSource _initialized = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HttpClient _streams;
    private readonly HttpClient _callees;
    private readonly string? _origin;
    private readonly string _transport;
    private readonly string _path;
    private readonly string _more;
    private ClientWebSocket? _socket;
    private Task _receiving = Task.CompletedTask;
    private string _query = string.Empty;
    private string _cursor = string.Empty;
    private string? _groups;
    private int _lastId;
    private volatile bool _isAborted;
    private bool _reconnectsNext;

    private WireClient(SignalRHost streams, SignalRHost callees, string transport, string path, string more, string? origin)
    {
        (_transport, _path, _more, _origin) = (transport, path, more, origin);
        (_streams, _callees) = (Client(streams), Client(callees));
    }

    public string Id { get; private set; } = string.Empty;

    /// <summary>The invocations that came, as method and arguments; or what a persistent connection sent.</summary>
    public Inbox<string> Inbox { get; } = new();

    /// <summary>Whether the next poll comes back from a network error.</summary>
    public bool ReconnectsNext
    {
        get => Volatile.Read(ref _reconnectsNext);
        set => Volatile.Write(ref _reconnectsNext, value);
    }

    /// <summary>The progress reports and answers that came, in order.</summary>
    public Inbox<string> Answers { get; } = new();

    /// <param name="streams">The server from which messages come.</param>
    /// <param name="transport">One of <see cref="EachTransportAttribute"/>.</param>
    /// <param name="hubs">The hubs, separated by commas; empty for a persistent connection.</param>
    /// <param name="more">More of the query string, beginning with an ampersand.</param>
    /// <param name="callees">The server that is called; the same if null.</param>
    /// <param name="origin">The origin of the page that the client is; null for a client that is no browser.</param>
    public static async Task<WireClient> ConnectAsync(
        SignalRHost streams,
        string transport,
        string hubs,
        string more = "",
        string path = "/signalr",
        SignalRHost? callees = null,
        string? origin = null)
    {
        var client = new WireClient(streams, callees ?? streams, transport, path, more, origin);
        await client.StartAsync(hubs);
        return client;
    }

    /// <summary>Calls a hub method; gives its result.</summary>
    /// <exception cref="HubCallException">The call failed.</exception>
    public async Task<JsonElement> CallAsync(string hub, string method, params object?[] arguments) =>
        Result(await AskAsync(hub, method, state: null, arguments));

    /// <summary>Calls a hub method with the caller's state; gives the whole answer.</summary>
    public async Task<JsonElement> AskAsync(string hub, string method, object? state, params object?[] arguments)
    {
        var id = Interlocked.Increment(ref _lastId).ToString(CultureInfo.InvariantCulture);
        var call = _calls[id] = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        var json = state is null
            ? JsonSerializer.Serialize(new { H = hub, M = method, A = arguments, I = id })
            : JsonSerializer.Serialize(new { H = hub, M = method, A = arguments, I = id, S = state });
        await SendAsync(json);
        return await call.Task.WaitAsync(Wait.Limit);
    }

    /// <summary>Sends a text to a persistent connection, or a call.</summary>
    public async Task SendAsync(string data)
    {
        if (_socket is not null)
        {
            await _socket.SendAsync(Encoding.UTF8.GetBytes(data), WebSocketMessageType.Text, true, _stopping.Token).WaitAsync(Wait.Limit);
            return;
        }

        using var form = new FormUrlEncodedContent([KeyValuePair.Create("data", data)]);
        using var response = await _callees.PostAsync(Url("send"), form).WaitAsync(Wait.Limit);
        response.EnsureSuccessStatusCode();
        var text = await response.Content.ReadAsStringAsync();
        if (text.Length > 0)
        {
            Handle(text);
        }
    }

    /// <summary>
    /// Tells the server that the client stops; waits until the server has let it go. One of long polling polls on: it
    /// may be between two polls, and the connection hears of it with the next one.
    /// </summary>
    public async Task AbortAsync()
    {
        _isAborted = true;
        using var response = await _callees.PostAsync(Url("abort"), content: null).WaitAsync(Wait.Limit);
        response.EnsureSuccessStatusCode();
        if (_transport != "longPolling")
        {
            await _receiving.WaitAsync(Wait.Limit);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _socket?.Abort();
        await _receiving.WaitAsync(Wait.Limit);
        _socket?.Dispose();
        _stopping.Dispose();
        _streams.Dispose();
        _callees.Dispose();
    }

    private HttpClient Client(SignalRHost host)
    {
        var client = new HttpClient { BaseAddress = host.Address, Timeout = TimeSpan.FromMinutes(2) };
        if (_origin is not null)
        {
            client.DefaultRequestHeaders.Add("Origin", _origin);
        }

        return client;
    }

    private static JsonElement Result(JsonElement answer) => answer.TryGetProperty("E", out var error)
        ? throw new HubCallException(error.GetString()!, answer.TryGetProperty("D", out var data) ? data.GetRawText() : null)
        : answer.TryGetProperty("R", out var result) ? result : default;

    private Uri Url(string action, string more = "") => new($"{_path}/{action}?{_query}{more}", UriKind.Relative);

    private async Task StartAsync(string hubs)
    {
        var data = hubs.Length == 0
            ? string.Empty
            : $"&connectionData={Uri.EscapeDataString(JsonSerializer.Serialize(hubs.Split(',').Select(name => new { name })))}";
        var negotiation = await _streams.GetFromJsonAsync<JsonElement>(
            new Uri($"{_path}/negotiate?clientProtocol=1.5{data}{_more}", UriKind.Relative));
        Id = negotiation.GetProperty("ConnectionId").GetString()!;
        var token = Uri.EscapeDataString(negotiation.GetProperty("ConnectionToken").GetString()!);
        _query = $"transport={_transport}&clientProtocol=1.5&connectionToken={token}{data}{_more}";
        _receiving = _transport switch
        {
            "webSockets" => ReceiveFromSocketAsync(),
            "longPolling" => ReceiveFromPollsAsync(),
            "serverSentEvents" => ReceiveLinesAsync("connect", string.Empty, "data: ", string.Empty),
            _ => ReceiveLinesAsync("connect", "&frameId=1", "<script>r(c, ", ");</script>"),
        };
        await await Task.WhenAny(_initialized.Task, _receiving).WaitAsync(Wait.Limit);
        await _streams.GetStringAsync(Url("start")).WaitAsync(Wait.Limit);
    }

    private Task ReceiveFromSocketAsync() => UntilStoppedAsync(async () =>
    {
        _socket = new ClientWebSocket();
        var address = new UriBuilder(new Uri(_streams.BaseAddress!, $"{_path}/connect")) { Scheme = "ws", Query = _query };
        if (_origin is not null)
        {
            _socket.Options.SetRequestHeader("Origin", _origin);
        }

        await _socket.ConnectAsync(address.Uri, _stopping.Token);
        await foreach (var text in _socket.TextsAsync(_stopping.Token))
        {
            Handle(text);
        }
    });

    private Task ReceiveLinesAsync(string action, string more, string before, string after) => UntilStoppedAsync(async () =>
    {
        using var response = await _streams.GetAsync(Url(action, more), HttpCompletionOption.ResponseHeadersRead, _stopping.Token);
        response.EnsureSuccessStatusCode();
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(_stopping.Token));
        while (await lines.ReadLineAsync(_stopping.Token) is { } line)
        {
            if (line.StartsWith(before + '{', StringComparison.Ordinal))
            {
                Handle(line[before.Length..^after.Length]);
            }
        }
    });

    private Task ReceiveFromPollsAsync() => UntilStoppedAsync(async () =>
    {
        Handle(await _streams.GetStringAsync(Url("connect"), _stopping.Token));
        while (true)
        {
            var fields = new Dictionary<string, string> { ["messageId"] = _cursor };
            if (_groups is not null)
            {
                fields["groupsToken"] = _groups;
            }

            using var form = new FormUrlEncodedContent(fields);
            var action = Interlocked.Exchange(ref _reconnectsNext, false) ? "reconnect" : "poll";
            using var response = await _streams.PostAsync(Url(action), form, _stopping.Token);
            response.EnsureSuccessStatusCode();
            Handle(await response.Content.ReadAsStringAsync(_stopping.Token));
        }
    });

    private async Task UntilStoppedAsync(Func<Task> receive)
    {
        try
        {
            await receive();
        }
        catch (Exception exception) when ((_isAborted || _stopping.IsCancellationRequested)
            && exception is OperationCanceledException or ObjectDisposedException or WebSocketException or IOException
                or HttpRequestException)
        {
            // This side let go, perhaps between two messages; or it asked to be let go, which SignalR's own socket does
            // without a goodbye.
        }
    }

    private void Handle(string text)
    {
        using var document = JsonDocument.Parse(text);
        var json = document.RootElement.Clone();
        if (json.TryGetProperty("C", out var cursor))
        {
            _cursor = cursor.GetString()!;
            _groups = json.TryGetProperty("G", out var groups) ? groups.GetString() : _groups;
            foreach (var message in json.GetProperty("M").EnumerateArray())
            {
                Take(message);
            }

            if (json.TryGetProperty("S", out _))
            {
                _initialized.TrySetResult();
            }
        }
        else if (json.TryGetProperty("I", out _))
        {
            Take(json);
        }
    }

    private void Take(JsonElement message)
    {
        if (message.ValueKind != JsonValueKind.Object)
        {
            Inbox.Add(message.ToString());
        }
        else if (message.TryGetProperty("P", out var progress))
        {
            Answers.Add($"{progress.GetProperty("I").GetString()}: {progress.GetProperty("D").GetRawText()}");
        }
        else if (message.TryGetProperty("I", out var id))
        {
            Answers.Add($"{id.GetString()} answered");
            if (_calls.TryRemove(id.GetString()!, out var call))
            {
                call.TrySetResult(message);
            }
        }
        else
        {
            var arguments = message.GetProperty("A").EnumerateArray().Select(argument => argument.ToString());
            Inbox.Add($"{message.GetProperty("M").GetString()}({string.Join(", ", arguments)})");
        }
    }
}

/// <summary>A hub call was answered with an error.</summary>
internal sealed class HubCallException(string message, string? data) : Exception(message)
{
    public string? ErrorData { get; } = data;
}
