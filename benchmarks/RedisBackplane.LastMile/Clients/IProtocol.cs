using System.Net.WebSockets;

namespace RedisBackplane.LastMile.Clients;

/// <summary>One of the two wires, by hand: neither side's client library is measured.</summary>
internal interface IProtocol
{
    /// <summary>Makes a connection as the client library does.</summary>
    /// <returns>The socket, and the id by which others reach the connection.</returns>
    Task<(WebSocket Socket, string Id)> ConnectAsync(HttpMessageInvoker http, string host, int port);

    /// <summary>The bytes of a call whose answer is wanted.</summary>
    byte[] Call(int id, string method, params string[] arguments);
}
