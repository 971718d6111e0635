using Microsoft.AspNet.SignalR.Messaging;
using RedisBackplane.Wire;

namespace RedisBackplane.Delivery.Buffer;

/// <summary>Makes messages as SignalR knows them out of the bytes of frames. Thread-safe.</summary>
internal sealed class MessageFactory
{
    private readonly int _streamIndex;
    private readonly SourceCache _sources = new();

    public MessageFactory(int streamIndex) => _streamIndex = streamIndex;

    /// <summary>Makes a message.</summary>
    /// <param name="bytes">The frame's.</param>
    /// <param name="offset">Where the message begins.</param>
    /// <param name="sourceOffset">Where the message begins that names its source.</param>
    /// <param name="id">Its id.</param>
    /// <param name="key">Its key.</param>
    /// <param name="isSparse">See <see cref="StoredFrame.IsSparse"/>.</param>
    public Message Create(byte[] bytes, int offset, int sourceOffset, ulong id, string key, bool isSparse)
    {
        var read = Frame.ReadAt(bytes, offset, sourceOffset);
        var source = _sources.Get(bytes.AsSpan(read.Source.Offset, read.Source.Length), bytes, read.Source.Offset);
        var message = read.ToMessage(id, _streamIndex, key, source);
        if (isSparse && message.Value.Array == bytes)
        {
            message.Value = new ArraySegment<byte>(bytes.AsSpan(read.Value.Offset, read.Value.Length).ToArray());
        }

        return message;
    }
}
