using System.Net.WebSockets;
using RedisBackplane.AspNetCore.Requests;

namespace RedisBackplane.AspNetCore.Transports;

/// <summary>The way to one client. It is used by one caller at a time, except for <see cref="Abort"/>.</summary>
internal interface IClientOutlet
{
    /// <summary>Whether the client understands a message that comes in pieces.</summary>
    bool TakesPieces { get; }

    /// <summary>Sends a message, or the next piece of one.</summary>
    /// <param name="isEnd">Whether the message ends with it.</param>
    ValueTask SendAsync(ReadOnlyMemory<byte> bytes, bool isEnd);

    Task CloseAsync();

    void Abort();
}

/// <param name="takesPieces">Whether a large message may come as several fragments.</param>
internal sealed class SocketOutlet(WebSocket socket, bool takesPieces) : IClientOutlet
{
    public bool TakesPieces => takesPieces;

    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes, bool isEnd) =>
        socket.SendAsync(bytes, WebSocketMessageType.Text, isEnd, CancellationToken.None);

    // Asynchronous, so that a socket that throws at once makes a failed task.
    public async Task CloseAsync()
    {
        if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
        {
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, string.Empty, CancellationToken.None).ConfigureAwait(false);
        }
    }

    public void Abort() => socket.Abort();
}

/// <summary>The response to a request. It ends with the request.</summary>
internal sealed class ResponseOutlet(ClassicResponse response) : IClientOutlet
{
    public bool TakesPieces => true;

    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes, bool isEnd) => response.SendAsync(bytes);

    public Task CloseAsync() => Task.CompletedTask;

    public void Abort() => response.Abort();
}
