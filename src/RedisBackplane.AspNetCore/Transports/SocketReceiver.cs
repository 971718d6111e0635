using System.Buffers;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;

namespace RedisBackplane.AspNetCore.Transports;

/// <summary>Reads the messages of one socket. A silent connection holds no buffer.</summary>
/// <param name="maxMessage">The largest message in bytes; null for any.</param>
/// <param name="messages">Takes each message.</param>
internal sealed class SocketReceiver(WebSocket socket, int? maxMessage, ReceivedMessages messages)
{
    private const int FirstBuffer = 4096;

    /// <summary>Reads one message, and passes it on.</summary>
    /// <returns>Whether there may be more: the client has not closed the connection.</returns>
    /// <exception cref="InvalidOperationException">
    /// The client sent a message that is too large, or not text.
    /// </exception>
    // One of these runs for each message. A token would be registered and released each time: the socket is aborted
    // instead, to end the reading.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> ReceiveOneAsync()
    {
        // Without a buffer until data arrives.
        var part = await socket.ReceiveAsync(Memory<byte>.Empty, CancellationToken.None).ConfigureAwait(false);
        var buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
        try
        {
            var count = 0;
            while (part.MessageType != WebSocketMessageType.Close && !part.EndOfMessage)
            {
                if (count == buffer.Length)
                {
                    buffer = Enlarge(buffer);
                }

                part = await socket.ReceiveAsync(buffer.AsMemory(count), CancellationToken.None).ConfigureAwait(false);
                count += part.Count;
                if (count > maxMessage)
                {
                    throw new InvalidOperationException(
                        $"A message of more than {maxMessage} bytes came, which is MaxIncomingWebSocketMessageSize; the connection ends.");
                }
            }

            switch (part.MessageType)
            {
                case WebSocketMessageType.Close:
                    return false;
                case WebSocketMessageType.Binary:
                    throw new InvalidOperationException("A binary message came. SignalR's protocol is text; the connection ends.");
                default:
                    messages.Take(buffer.AsSpan(0, count));
                    return true;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static byte[] Enlarge(byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}
