using System.Net.WebSockets;

namespace RedisBackplane.LastMile.Clients;

/// <summary>A connection of a client, over any transport.</summary>
internal abstract class Connection(string id) : IAsyncDisposable
{
    /// <summary>The id by which others reach it.</summary>
    public string Id => id;

    /// <summary>Sends a call.</summary>
    /// <param name="answers">Reads what comes back on the same request, if the transport answers there.</param>
    public abstract Task SendAsync(byte[] call, StampReader answers);

    /// <summary>Receives until the connection ends.</summary>
    public abstract Task ReceiveAsync(StampReader messages, CancellationToken cancellation);

    public abstract ValueTask DisposeAsync();
}

/// <summary>A WebSocket of either protocol.</summary>
internal sealed class SocketConnection(WebSocket socket, string id) : Connection(id)
{
    public override Task SendAsync(byte[] call, StampReader answers) =>
        socket.SendAsync(call, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);

    public override async Task ReceiveAsync(StampReader messages, CancellationToken cancellation)
    {
        while (true)
        {
            var received = await socket.ReceiveAsync(messages.Free, cancellation);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                return;
            }

            messages.Took(received.Count);
        }
    }

    public override ValueTask DisposeAsync()
    {
        socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
