namespace RedisBackplane.LastMile.Clients;

/// <summary>One of the two wires, by hand: neither side's client library is measured.</summary>
internal interface IProtocol
{
    /// <summary>Makes a connection as the client library does.</summary>
    Task<Connection> ConnectAsync(HttpMessageInvoker http, string host, int port);

    /// <summary>Makes a connection, and ends it for good, as the client library does.</summary>
    Task VisitAsync(HttpMessageInvoker http, string host, int port);

    /// <summary>The bytes of a call whose answer is wanted.</summary>
    byte[] Call(int id, string method, params string[] arguments);
}
