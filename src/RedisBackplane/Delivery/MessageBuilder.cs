using Microsoft.AspNet.SignalR.Messaging;
using RedisBackplane.Wire;

namespace RedisBackplane.Delivery;

/// <summary>
/// Makes messages as SignalR knows them out of frames, when the first subscription takes them. A message of several subscribers is made
/// once. Not thread-safe: guarded by <see cref="StreamLog.Gate"/>.
/// </summary>
internal sealed class MessageBuilder
{
    private readonly int _streamIndex;
    private readonly SourceCache _sources = new();

    public MessageBuilder(int streamIndex) => _streamIndex = streamIndex;

    /// <summary>Gives the message at a position, which must be in the log.</summary>
    /// <param name="log">The log.</param>
    /// <param name="position">Where.</param>
    /// <param name="pinned">The bytes that the message keeps alive with its frame; 0 where it has bytes of its own.</param>
    public Message Build(FrameLog log, Position position, out int pinned)
    {
        ref var frame = ref log.At(position);
        ref var heard = ref frame.Heard[position.Place];
        if (heard.Shared is { } shared)
        {
            pinned = Pins(shared, frame);
            return shared;
        }

        var read = Frame.ReadAt(frame.Buffer, heard.Offset, heard.SourceOffset);
        var source = _sources.Get(frame.Buffer.AsSpan(read.Source.Offset, read.Source.Length), frame.Buffer, read.Source.Offset);
        var message = read.ToMessage(position.Id, _streamIndex, heard.Entry!.Key, source);
        if (frame.IsSparse && message.Value.Array == frame.Buffer)
        {
            message.Value = new ArraySegment<byte>(frame.Buffer.AsSpan(read.Value.Offset, read.Value.Length).ToArray());
        }

        if (heard.Entry.Links.Count > 1)
        {
            heard.Shared = message;
            log.ChargeShared(ref frame);
        }

        pinned = Pins(message, frame);
        return message;
    }

    private static int Pins(Message message, in LogFrame frame) => message.Value.Array == frame.Buffer ? frame.Buffer.Length : 0;
}
