using Microsoft.AspNet.SignalR.Messaging;
using RedisBackplane.Wire;

namespace RedisBackplane.Benchmarks;

/// <summary>
/// Messages and frames like those of a chat: hub calls of a given size, to keys of the usual form, from one sender.
/// </summary>
internal static class BenchmarkFrames
{
    private static readonly PublisherId Publisher = PublisherId.New();

    public static string ConnectionKey(int number) => $"hc-ChatHub.{number:x8}-4b1f-4cf1-9d0e-5d1b0e0f2a3c";

    public static Message Message(string key, int valueBytes) =>
        new("6f9619ff-8b86-d011-b42d-00cf4fc964ff", key, new ArraySegment<byte>(new byte[valueBytes]));

    public static byte[] Bytes(ulong firstId, IEnumerable<string> keys, int valueBytes = 100)
    {
        var writer = new FrameWriter();
        foreach (var key in keys)
        {
            writer.Append(Message(key, valueBytes));
        }

        writer.Complete(Publisher, 1, 0);
        var bytes = writer.ToFrame(firstId - 1, firstId);
        writer.Recycle();
        return bytes;
    }

    public static Frame Read(byte[] bytes) =>
        Frame.TryRead(bytes, out var frame, out var reason) ? frame : throw new InvalidOperationException(reason);

    /// <summary>
    /// Gives a frame's bytes the next ids, so that one set of bytes is enough for a whole run. Only if nobody reads
    /// them any more.
    /// </summary>
    public static Frame Renumber(byte[] bytes, ulong firstId)
    {
        BitConverter.TryWriteBytes(bytes.AsSpan(4), firstId - 1);
        BitConverter.TryWriteBytes(bytes.AsSpan(12), firstId);
        return Read(bytes);
    }
}
