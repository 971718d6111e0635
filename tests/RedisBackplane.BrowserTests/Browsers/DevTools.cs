using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace RedisBackplane.BrowserTests.Browsers;

/// <summary>
/// Uses the DevTools protocol (https://chromedevtools.github.io/devtools-protocol) with a running browser: commands
/// with their results, and the events of every page. Thread-safe. It ends with the browser, which ends with the test
/// process.
/// </summary>
internal sealed class DevTools
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(30);

    private readonly ClientWebSocket _socket = new();
    private readonly SemaphoreSlim _sending = new(1);
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonElement>> _calls = new();
    private readonly ConcurrentDictionary<string, Action<string, JsonElement>> _listeners = new();
    private int _lastId;
    private volatile Exception? _end;

    private DevTools()
    {
    }

    public static async Task<DevTools> ConnectAsync(Uri address)
    {
        var tools = new DevTools();
        await tools._socket.ConnectAsync(address, CancellationToken.None);
        _ = Task.Run(tools.ReceiveAsync);
        return tools;
    }

    /// <summary>Passes the events of a page's session to a listener, in order.</summary>
    public void Listen(string session, Action<string, JsonElement> listener) => _listeners[session] = listener;

    public void StopListening(string session) => _listeners.TryRemove(session, out _);

    /// <summary>Runs a command, of the browser or of a page's session, and waits for its result.</summary>
    /// <exception cref="InvalidOperationException">The browser refused it or has ended.</exception>
    /// <exception cref="TimeoutException">There was no answer in time.</exception>
    public async Task<JsonElement> SendAsync(string method, JsonObject? parameters = null, string? session = null)
    {
        var id = Interlocked.Increment(ref _lastId);
        var answer = _calls[id] = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        var command = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters ?? [], ["sessionId"] = session };
        if (session is null)
        {
            command.Remove("sessionId");
        }

        await _sending.WaitAsync();
        try
        {
            if (_end is { } end)
            {
                throw new InvalidOperationException("The connection to the browser is broken.", end);
            }

            await _socket.SendAsync(
                JsonSerializer.SerializeToUtf8Bytes(command), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        }
        finally
        {
            _sending.Release();
        }

        try
        {
            return await answer.Task.WaitAsync(AnswerTimeout);
        }
        catch (InvalidOperationException exception)
        {
            throw new InvalidOperationException($"{method}: {exception.Message}", exception);
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"The browser did not answer {method} within {AnswerTimeout.TotalSeconds} s.", exception);
        }
        finally
        {
            _calls.TryRemove(id, out _);
        }
    }

    private async Task ReceiveAsync()
    {
        var (message, buffer) = (new MemoryStream(), new byte[64 * 1024]);
        try
        {
            while (true)
            {
                var part = await _socket.ReceiveAsync(buffer, CancellationToken.None);
                message.Write(buffer, 0, part.Count);
                if (part.EndOfMessage)
                {
                    Take(JsonSerializer.Deserialize<JsonElement>(message.ToArray()));
                    message.SetLength(0);
                }
            }
        }
        catch (Exception exception)
        {
            _end = exception;
            foreach (var call in _calls.Values)
            {
                call.TrySetException(new InvalidOperationException("The connection to the browser is broken.", exception));
            }
        }
    }

    private void Take(JsonElement message)
    {
        if (message.TryGetProperty("id", out var id))
        {
            if (!_calls.TryGetValue(id.GetInt32(), out var call))
            {
                // Nobody waits for it any more.
                return;
            }

            if (message.TryGetProperty("error", out var error))
            {
                call.TrySetException(new InvalidOperationException(error.GetProperty("message").GetString()));
            }
            else
            {
                call.TrySetResult(message.GetProperty("result"));
            }
        }
        else if (message.TryGetProperty("sessionId", out var session) && _listeners.TryGetValue(session.GetString()!, out var listener))
        {
            listener(message.GetProperty("method").GetString()!, message.GetProperty("params"));
        }
    }
}
