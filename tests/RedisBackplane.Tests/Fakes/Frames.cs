using RedisBackplane.Wire;

namespace RedisBackplane.Tests.Fakes;

/// <summary>Frames for tests.</summary>
internal static class Frames
{
    public static readonly PublisherId Publisher = new(0x0706050403020100, 0x0F0E0D0C0B0A0908);

    /// <summary>A frame of messages whose values are their ids.</summary>
    public static byte[] Bytes(
        ulong previous, ulong first, int count = 1, PublisherId? publisher = null, ulong? batch = null, int padding = 0,
        long sentAt = 1)
    {
        var writer = new FrameWriter();
        for (var i = 0; i < count; i++)
        {
            writer.Append(Messages.Create(value: (first + (ulong)i) + new string('.', padding)));
        }

        writer.Complete(publisher ?? Publisher, batch ?? first, sentAt);
        var bytes = writer.ToFrame(previous, first);
        writer.Recycle();
        return bytes;
    }

    public static Frame Create(
        ulong previous, ulong first, int count = 1, PublisherId? publisher = null, ulong? batch = null, int padding = 0,
        long sentAt = 1) =>
        Read(Bytes(previous, first, count, publisher, batch, padding, sentAt));

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
