using System.Text.Json;

namespace RedisBackplane.LastMile.Clients;

/// <summary>A classic connection over server-sent events. Each call is a request of its own.</summary>
internal sealed class EventsConnection(ClassicRequests requests, HttpResponseMessage response) : Connection(requests.Id)
{
    public override async Task SendAsync(byte[] call, StampReader answers) => answers.Take(await requests.CallAsync(call));

    public override async Task ReceiveAsync(StampReader messages, CancellationToken cancellation) =>
        await messages.ReadAsync(await response.Content.ReadAsStreamAsync(cancellation), cancellation);

    public override ValueTask DisposeAsync()
    {
        response.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>
/// A classic connection by long polling: each request ends with the messages that it was waiting for.
/// </summary>
/// <param name="cursor">The cursor of the first answer.</param>
internal sealed class PollingConnection(ClassicRequests requests, string cursor) : Connection(requests.Id)
{
    private string _cursor = cursor;

    public override async Task SendAsync(byte[] call, StampReader answers) => answers.Take(await requests.CallAsync(call));

    public override async Task ReceiveAsync(StampReader messages, CancellationToken cancellation)
    {
        while (true)
        {
            var answer = await requests.PollAsync(_cursor, cancellation);
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
