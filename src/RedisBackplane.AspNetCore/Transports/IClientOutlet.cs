using System.Net.WebSockets;
using RedisBackplane.AspNetCore.Requests;

namespace RedisBackplane.AspNetCore.Transports;

/// <summary>The way to one client. It is used by one caller at a time, except for <see cref="Abort"/>.</summary>
internal interface IClientOutlet
{
    /// <summary>Sends one message.</summary>
    ValueTask SendAsync(ReadOnlyMemory<byte> bytes);

    Task CloseAsync();

    void Abort();
}

internal sealed class SocketOutlet(WebSocket socket) : IClientOutlet
{
    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes) =>
        socket.SendAsync(bytes, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);

    public Task CloseAsync() => socket.State is WebSocketState.Open or WebSocketState.CloseReceived
        ? socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, string.Empty, CancellationToken.None)
        : Task.CompletedTask;

    public void Abort() => socket.Abort();
}

/// <summary>The response to a request. It ends with the request.</summary>
internal sealed class ResponseOutlet(ClassicResponse response) : IClientOutlet
{
    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes) => response.SendAsync(bytes);

    public Task CloseAsync() => Task.CompletedTask;

    public void Abort() => response.Abort();
}
