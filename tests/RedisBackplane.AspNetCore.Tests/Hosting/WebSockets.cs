using System.Net.WebSockets;
using System.Runtime.CompilerServices;

namespace RedisBackplane.AspNetCore.Tests.Hosting;

internal static class WebSockets
{
    /// <summary>The texts that arrive, until the other side closes the socket.</summary>
    public static async IAsyncEnumerable<string> TextsAsync(
        this WebSocket socket, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var buffer = new byte[64 * 1024];
        using var message = new MemoryStream();
        while (await socket.ReceiveAsync(buffer.AsMemory(), cancellationToken) is { MessageType: not WebSocketMessageType.Close } part)
        {
            message.Write(buffer.AsSpan(0, part.Count));
            if (part.EndOfMessage)
            {
                yield return Encoding.UTF8.GetString(message.GetBuffer(), 0, (int)message.Length);
                message.SetLength(0);
            }
        }
    }
}
