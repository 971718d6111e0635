using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using System.Text;

namespace RedisBackplane.LastMile.Soak;

/// <summary>What a server sends on one request of a transport, as the texts that clients parse.</summary>
internal static class Channels
{
    private const string EventPrefix = "data: ";

    public static async IAsyncEnumerable<string> OverWebSocketAsync(
        WebSocket socket, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var buffer = new byte[4096];
        using var text = new MemoryStream();
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(), cancellation);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                yield break;
            }

            text.Write(buffer, 0, received.Count);
            if (received.EndOfMessage)
            {
                yield return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
                text.SetLength(0);
            }
        }
    }

    public static async IAsyncEnumerable<string> OverEventsAsync(
        HttpResponseMessage response, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellation));
        while (await reader.ReadLineAsync(cancellation) is { } line)
        {
            // The first event is the word "initialized".
            if (line.StartsWith(EventPrefix + '{', StringComparison.Ordinal))
            {
                yield return line[EventPrefix.Length..];
            }
        }
    }
}
