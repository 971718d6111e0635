namespace RedisBackplane.AspNetCore.Transports;

/// <summary>Takes what a client sends as the UTF-8 that it is.</summary>
internal interface IUtf8Receiver
{
    /// <summary>Serves a message. What it needs of the bytes it has read when it returns.</summary>
    Task ReceiveAsync(ReadOnlySpan<byte> message);
}
