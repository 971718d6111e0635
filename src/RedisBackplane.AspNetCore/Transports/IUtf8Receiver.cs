namespace RedisBackplane.AspNetCore.Transports;

/// <summary>Receives the messages of a client as UTF-8.</summary>
internal interface IUtf8Receiver
{
    /// <summary>Serves a message. It does not use the bytes after it has returned.</summary>
    Task ReceiveAsync(ReadOnlySpan<byte> message);
}
