using System.Text.Json;

namespace RedisBackplane.LastMile.Clients;

/// <summary>A classic connection over HTTP. Each call is a request of its own.</summary>
internal abstract class HttpConnection(ClassicRequests requests) : Connection(requests.Id)
{
    protected ClassicRequests Requests => requests;

    public override async Task SendAsync(byte[] call, StampReader answers) => answers.Take(await requests.CallAsync(call));
}

/// <summary>A connection over server-sent events.</summary>
internal sealed class EventsConnection(ClassicRequests requests, HttpResponseMessage response) : HttpConnection(requests)
{
    public override async Task ReceiveAsync(StampReader messages, CancellationToken cancellation) =>
        await messages.ReadAsync(await response.Content.ReadAsStreamAsync(cancellation), cancellation);

    public override ValueTask DisposeAsync()
    {
        response.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>A connection by long polling: each request ends with the messages that it was waiting for.</summary>
/// <param name="cursor">The cursor of the first answer.</param>
internal sealed class PollingConnection(ClassicRequests requests, string cursor) : HttpConnection(requests)
{
    private string _cursor = cursor;

    public override async Task ReceiveAsync(StampReader messages, CancellationToken cancellation)
    {
        while (true)
        {
            var answer = await Requests.PollAsync(_cursor, cancellation);
            messages.Take(answer);
            _cursor = CursorOf(answer);
        }
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public static string CursorOf(byte[] answer)
    {
        using var json = JsonDocument.Parse(answer);
        return json.RootElement.GetProperty("C").GetString()!;
    }
}
