using System.Globalization;
using System.Text;

namespace RedisBackplane.Tests.Delivery;

/// <summary>Frames as a publisher would write them.</summary>
internal static class TestFrames
{
    private static readonly PublisherId Publisher = PublisherId.New();

    public static Message Message(string key, string value = "v", string source = "source", string? command = null) =>
        new(source, key, value) { CommandId = command };

    public static Frame Create(ulong firstId, params Message[] messages) => CreateAt(firstId, 0, messages);

    public static Frame CreateAt(ulong firstId, long sentAtMicroseconds, params Message[] messages) =>
        CreateAt(firstId - 1, firstId, sentAtMicroseconds, messages);

    public static Frame CreateAt(ulong previousId, ulong firstId, long sentAtMicroseconds, params Message[] messages)
    {
        var writer = Frames.Write(messages);
        writer.Complete(Publisher, 1, sentAtMicroseconds);
        var bytes = writer.ToFrame(previousId, firstId);
        writer.Recycle();
        return Frames.Read(bytes);
    }

    /// <summary>A converted frame of the older package: all messages share its id.</summary>
    public static Frame WithOneId(ulong previousId, ulong id, params Message[] messages)
    {
        var frame = CreateAt(previousId, id, 0, messages);
        return Frame.Of(frame.Header with { HasOneId = true }, frame.Buffer);
    }

    public static Frame Sent(ulong firstId, DateTimeOffset at, params string[] keys) =>
        CreateAt(firstId, UnixTime.Microseconds(at), [.. keys.Select(key => Message(key))]);

    /// <summary>A frame with one message for each key, whose value is its id.</summary>
    public static Frame WithKeys(ulong firstId, params string[] keys) =>
        Create(firstId, [.. keys.Select((key, i) => Message(key, (firstId + (ulong)i).ToString(CultureInfo.InvariantCulture)))]);

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
