namespace RedisBackplane.Tests.Fakes;

internal static class Frames
{
    public static readonly PublisherId Publisher = new(0x0706050403020100, 0x0F0E0D0C0B0A0908);

    /// <summary>A frame of messages whose values are their ids.</summary>
    public static byte[] Bytes(
        ulong previous, ulong first, int count = 1, PublisherId? publisher = null, ulong? batch = null, int padding = 0,
        long sentAt = 1)
    {
        var writer = Write(Enumerable.Range(0, count).Select(i => Messages.Create(value: (first + (ulong)i) + new string('.', padding))));
        writer.Complete(publisher ?? Publisher, batch ?? first, sentAt);
        var bytes = writer.ToFrame(previous, first);
        writer.Recycle();
        return bytes;
    }

    public static Frame Create(
        ulong previous, ulong first, int count = 1, PublisherId? publisher = null, ulong? batch = null, int padding = 0,
        long sentAt = 1) =>
        Read(Bytes(previous, first, count, publisher, batch, padding, sentAt));

    /// <summary>A writer of these messages, which are not yet a batch.</summary>
    public static FrameWriter Write(params IEnumerable<Message> messages)
    {
        var writer = new FrameWriter();
        foreach (var message in messages)
        {
            writer.Append(message);
        }

        return writer;
    }

    /// <summary>The frame whose body a publisher has sent, with any ids.</summary>
    public static Frame OfBody(byte[] body) => Read([.. FrameLayout.Magic, .. new byte[8], 1, .. new byte[19], .. body]);

    /// <summary>The two payloads of a frame that is large: a head with its ids, and the frame without them.</summary>
    public static (byte[] Head, byte[] Body) Apart(
        ulong previous, ulong first, int count = 1, PublisherId? publisher = null, ulong? batch = null)
    {
        var body = Bytes(previous, first, count, publisher, batch);
        var head = body.Take(FrameLayout.HeadSize).ToArray();
        Array.Clear(body, FrameLayout.PreviousId, FrameLayout.Body - FrameLayout.PreviousId);
        return (head, body);
    }

    public static List<Message> MessagesOf(Frame frame)
    {
        var messages = new List<Message>();
        foreach (var message in frame)
        {
            messages.Add(message.ToMessage(frame.Header.IdOf(messages.Count), 0));
        }

        return messages;
    }

    public static Frame Read(byte[] bytes) =>
        Frame.TryRead(bytes, out var frame, out var reason) ? frame : throw new InvalidOperationException("No frame: " + reason);

    public static FrameHeader Header(
        ulong previous, ulong first, int count = 1, PublisherId? publisher = null, ulong? batch = null) => new()
    {
        PreviousId = previous,
        FirstId = first,
        Count = count,
        Publisher = publisher ?? Publisher,
        BatchNumber = batch ?? first,
        SentAtMicroseconds = 1,
    };
}
