using Microsoft.AspNet.SignalR.Messaging;
using RedisBackplane.Wire;

namespace RedisBackplane.Delivery.Buffer;

/// <summary>Creates SignalR's messages from the bytes of frames. Thread-safe.</summary>
internal sealed class MessageFactory(int streamIndex)
{
    private readonly SourceCache _sources = new();

    /// <summary>
    /// Creates the message at an offset of a frame; see <see cref="IndexedMessage"/> and <see cref="StoredFrame"/>.
    /// </summary>
    public Message Create(byte[] bytes, int offset, int sourceOffset, ulong id, string key, bool isSparse)
    {
        var read = Frame.ReadAt(bytes, offset, sourceOffset);
        var source = _sources.Get(bytes.AsSpan(read.Source.Offset, read.Source.Length), bytes, read.Source.Offset);
        var message = read.ToMessage(id, streamIndex, key, source);
        if (isSparse && message.Value.Array == bytes)
        {
            message.Value = new ArraySegment<byte>(bytes.AsSpan(read.Value.Offset, read.Value.Length).ToArray());
        }

        return message;
    }
}
