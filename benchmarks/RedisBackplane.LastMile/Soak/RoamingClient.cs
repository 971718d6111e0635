using System.Globalization;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using RedisBackplane.LastMile.Clients;

namespace RedisBackplane.LastMile.Soak;

/// <summary>
/// One classic connection that may break and come back at another server, with its cursor. Each sender of the farm
/// numbers its broadcasts. So the client notices each message that is missing, or comes twice. Not thread-safe, except
/// for what it receives.
/// </summary>
internal sealed class RoamingClient(HttpMessageInvoker http, string transport, SoakAccount account) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, long> _seen = [];
    private CancellationTokenSource _break = new();
    private Task _receiving = Task.CompletedTask;
    private TaskCompletionSource _begun = NewSource();
    private TaskCompletionSource _answered = NewSource();
    private ClientWebSocket? _socket;
    private HttpResponseMessage? _response;
    private string _token = "";
    private string? _cursor;
    private string? _groups;
    private int _port;
    private int _calls;
    private int _frames;
    private string? _last;
    private bool _isBreaking;

    public async Task ConnectAsync(int port)
    {
        _port = port;
        var negotiated = await GetAsync($"negotiate?clientProtocol=1.5&connectionData={ClassicProtocol.Data}");
        using var json = JsonDocument.Parse(negotiated);
        _token = Uri.EscapeDataString(json.RootElement.GetProperty("ConnectionToken").GetString()!);
        await OpenAsync("connect");
        await GetAsync("start?" + Query);
        account.Connected();
    }

    /// <summary>Comes back, at any server, and goes on after the last message that it has.</summary>
    public async Task ReconnectAsync(int port)
    {
        await BreakAsync();
        _port = port;
        await OpenAsync("reconnect");
        account.Reconnected();
    }

    /// <summary>Calls a hub method, and waits for its answer.</summary>
    public async Task CallAsync(string method, params string[] arguments)
    {
        var call = ClassicProtocol.CallText(++_calls, method, arguments);
        if (_socket is not null)
        {
            _answered = NewSource();
            await _socket.SendAsync(Encoding.UTF8.GetBytes(call), WebSocketMessageType.Text, true, CancellationToken.None);
            await InTimeAsync(_answered.Task, $"the answer of {method}");
            return;
        }

        using var content = new FormUrlEncodedContent([new("data", call)]);
        var answer = await RequestAsync(HttpMethod.Post, "send?" + Query, content);
        if (!answer.Contains("\"I\":", StringComparison.Ordinal))
        {
            account.Failed($"{transport}: {method} was answered by '{answer}'");
        }
    }

    /// <summary>Leaves as a client does whose page is closed.</summary>
    public async Task LeaveAsync()
    {
        Volatile.Write(ref _isBreaking, true);
        await RequestAsync(HttpMethod.Post, "abort?" + Query, null);
        await BreakAsync();
    }

    /// <summary>Closes the connection without a word to the server.</summary>
    public async Task BreakAsync()
    {
        Volatile.Write(ref _isBreaking, true);
        await _break.CancelAsync();
        _socket?.Abort();
        await InTimeAsync(_receiving, "the end of the connection");
        _socket?.Dispose();
        _response?.Dispose();
        (_socket, _response) = (null, null);
        _break.Dispose();
        (_break, _isBreaking) = (new CancellationTokenSource(), false);
    }

    public async ValueTask DisposeAsync()
    {
        await BreakAsync();
        _break.Dispose();
    }

    private string Query =>
        $"transport={transport}&clientProtocol=1.5&connectionToken={_token}&connectionData={ClassicProtocol.Data}"
        + (_cursor is null ? "" : $"&messageId={Uri.EscapeDataString(_cursor)}")
        + (_groups is null ? "" : $"&groupsToken={Uri.EscapeDataString(_groups)}");

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task OpenAsync(string request)
    {
        _begun = NewSource();
        var cancellation = _break.Token;
        switch (transport)
        {
            case "webSockets":
                _socket = new ClientWebSocket();
                await _socket.ConnectAsync(new Uri($"ws://127.0.0.1:{_port}/signalr/{request}?{Query}"), http, cancellation);
                _receiving = ReceiveAsync(Channels.OverWebSocketAsync(_socket, cancellation));
                break;
            case "serverSentEvents":
                using (var message = new HttpRequestMessage(HttpMethod.Get, UrlOf($"{request}?{Query}")))
                {
                    _response = await http.SendAsync(message, cancellation);
                }

                _response.EnsureSuccessStatusCode();
                _receiving = ReceiveAsync(Channels.OverEventsAsync(_response, cancellation));
                break;
            default:
                _receiving = ReceiveAsync(PollAsync(request, cancellation));
                break;
        }

        // After a reconnect, the server sends nothing until there is a message.
        if (request == "connect")
        {
            await InTimeAsync(_begun.Task, "the start");
        }
    }

    private async Task InTimeAsync(Task task, string what)
    {
        try
        {
            await task.WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException(
                $"{what} did not come in {Patience.TotalSeconds:0} s; {_frames} frames came, the last one '{_last}'");
        }
    }

    private async IAsyncEnumerable<string> PollAsync(string request, [EnumeratorCancellation] CancellationToken cancellation)
    {
        // A client that polls has no reconnect of its own: it polls again.
        for (var next = request == "connect" ? request : "poll"; ; next = "poll")
        {
            yield return await RequestAsync(HttpMethod.Get, $"{next}?{Query}", null, cancellation);
        }
    }

    private async Task ReceiveAsync(IAsyncEnumerable<string> frames)
    {
        try
        {
            await foreach (var frame in frames)
            {
                Take(frame);
            }

            EndedEarly("the server closed it");
        }
        catch (Exception exception)
            when (exception is OperationCanceledException or WebSocketException or IOException or HttpRequestException
                or ObjectDisposedException)
        {
            EndedEarly(exception.Message);
        }
    }

    private void EndedEarly(string reason)
    {
        if (!Volatile.Read(ref _isBreaking))
        {
            account.Failed($"{transport}: a connection ended, {reason}");
        }
    }

    private void Take(string frame)
    {
        (_frames, _last) = (_frames + 1, frame);
        using var json = JsonDocument.Parse(frame);
        var root = json.RootElement;
        if (root.TryGetProperty("I", out _))
        {
            _answered.TrySetResult();
            return;
        }

        foreach (var message in root.TryGetProperty("M", out var messages) ? messages.EnumerateArray() : default)
        {
            var text = message.GetProperty("A")[0].GetString()!.Split(':');
            Check(text[0], long.Parse(text[1], CultureInfo.InvariantCulture));
        }

        _cursor = root.TryGetProperty("C", out var cursor) ? cursor.GetString() : _cursor;
        _groups = root.TryGetProperty("G", out var groups) ? groups.GetString() : _groups;
        if (root.TryGetProperty("S", out _))
        {
            _begun.TrySetResult();
        }
    }

    private void Check(string sender, long number)
    {
        account.Delivered();
        if (_seen.TryGetValue(sender, out var last) && number != last + 1)
        {
            if (number <= last)
            {
                account.Repeated();
                return;
            }

            account.Lost(number - last - 1);
        }

        _seen[sender] = number;
    }

    private Uri UrlOf(string rest) => new($"http://127.0.0.1:{_port}/signalr/{rest}");

    private Task<string> GetAsync(string rest) => RequestAsync(HttpMethod.Get, rest, null);

    private async Task<string> RequestAsync(
        HttpMethod method, string rest, HttpContent? content, CancellationToken cancellation = default)
    {
        using var request = new HttpRequestMessage(method, UrlOf(rest)) { Content = content };
        using var response = await http.SendAsync(request, cancellation);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStringAsync(cancellation);
    }
}
