using System.Globalization;
using System.Text;

namespace RedisBackplane.Fuzzing;

/// <summary>
/// Checks the readers of the wire with any input. They do not throw, and allocate no more than the size of the input
/// justifies. Every way to read an accepted frame gives the same result, and the frame can be written and read again.
/// Covers frames in one payload and in two, their extensions, and the payloads of the older package.
/// </summary>
internal static class WireTarget
{
#if NET
    // A read allocates nothing but the bytes of a frame. But the runtime also counts the rest of a thread's allocation
    // area, 8 KiB, when a collection takes it away.
    private const int SmallChange = 16 * 1024;
#endif

    /// <summary>Runs the readers on an input: payloads, each except the last one after a u16 with its length.</summary>
    /// <exception cref="InvalidOperationException">A check failed.</exception>
    public static void Run(byte[] input)
    {
        var assembly = StreamFormats.CreateAssembly();
        foreach (var payload in Split(input))
        {
            Read(assembly, payload);
        }
    }

    public static byte[] Join(params byte[][] payloads)
    {
        var input = new List<byte>();
        for (var i = 0; i < payloads.Length; i++)
        {
            if (i < payloads.Length - 1)
            {
                input.Add((byte)payloads[i].Length);
                input.Add((byte)(payloads[i].Length >> 8));
            }
            else
            {
                // Longer than the rest, so it means the rest.
                input.AddRange([0xFF, 0xFF]);
            }

            input.AddRange(payloads[i]);
        }

        return [.. input];
    }

    private static IEnumerable<byte[]> Split(byte[] input)
    {
        var position = 0;
        while (input.Length - position > 2)
        {
            var length = Math.Min(input[position] | (input[position + 1] << 8), input.Length - position - 2);
            yield return input.AsSpan(position + 2, length).ToArray();
            position += 2 + length;
        }
    }

    private static void Read(FrameAssembly assembly, byte[] payload)
    {
        var length = payload.Length;
#if NET
        var before = GC.GetAllocatedBytesForCurrentThread();
#endif
        var isFrame = assembly.TryComplete(payload, out var frame, out var reason);
#if NET
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Require(allocated <= length + SmallChange, $"{allocated} bytes allocated for {length}");
#endif
        Require(!isFrame || reason is null, "a frame, and a reason why it is none");
        if (!isFrame)
        {
            return;
        }

        var header = frame.Header;
        Require(
            header.PreviousId < header.FirstId && header.FirstId <= header.LastId && header.LastId != ulong.MaxValue,
            "ids that cannot be");
        Require(frame.Buffer.Length <= length + FrameLayout.Messages, "a frame larger than what came");
        var messages = Messages(frame);
        Require(messages.Count == header.Count, "another number of messages than the header says");
        RequireSameByKeys(frame, messages);
        WalkExtensions(frame, length);
        RequireSameWrittenAgain(header, messages);
    }

    private static List<Message> Messages(in Frame frame)
    {
        var messages = new List<Message>();
        foreach (var message in frame)
        {
            messages.Add(message.ToMessage(frame.Header.IdOf(messages.Count), 0));
        }

        return messages;
    }

    private static void RequireSameByKeys(in Frame frame, List<Message> messages)
    {
        var count = 0;
        var keys = frame.EnumerateKeys();
        while (keys.MoveNext())
        {
            var read = Frame.ReadAt(frame.Buffer, keys.Offset, keys.SourceOffset).ToMessage(frame.Header.IdOf(count), 0);
            Require(count < messages.Count && Describe(read) == Describe(messages[count]), "a message that reads otherwise by its place");
            Require(WireText.Read(keys.Key.ToArray(), 0, keys.Key.Length) == read.Key, "a key that reads otherwise");
            count++;
        }

        Require(count == messages.Count, "another number of keys than of messages");
    }

    private static void WalkExtensions(in Frame frame, int length)
    {
        var extensions = frame.EnumerateExtensions();
        var content = 0L;
        while (extensions.MoveNext())
        {
            content += extensions.Content.Length;
        }

        Require(content <= length, "extensions beyond the frame");
    }

    private static void RequireSameWrittenAgain(FrameHeader header, List<Message> messages)
    {
        if (messages.Count == 0)
        {
            return;
        }

        var writer = new FrameWriter();
        messages.ForEach(writer.Append);
        writer.Complete(header.Publisher, header.BatchNumber, header.SentAtMicroseconds);

        // Ids that leave room for the messages, because those of the older package share one.
        var bytes = writer.ToFrame(0, 1);
        Require(Frame.TryRead(bytes, out var frame, out var reason), "not read again: " + reason);
        Require(frame.Header.Count == messages.Count && frame.Header.Publisher == header.Publisher, "another frame when written again");
        Require(Messages(frame).Select(Describe).SequenceEqual(messages.Select(Describe)), "other messages when written again");
        RequireSameInTheOlderFormat(writer, messages);
        writer.Recycle();
    }

    private static void RequireSameInTheOlderFormat(FrameWriter writer, List<Message> messages)
    {
        var payloads = LegacyWriter.Write(writer.Frame);
        Require(payloads.Length == messages.Count, "another number of payloads than of messages");
        for (var i = 0; i < payloads.Length; i++)
        {
            var id = (i + 1).ToString(CultureInfo.InvariantCulture);
            byte[] payload = [.. Encoding.ASCII.GetBytes(id + " "), .. payloads[i], .. BitConverter.GetBytes((ulong)i)];
            if (!LegacyFrame.Instance.TryRead(payload, out var frame, out var reason))
            {
                // A time outside of SignalR's calendar cannot be written in its ticks.
                Require(reason.Contains("time"), "not read again in the older format: " + reason);
                continue;
            }

            Require(Describe(Messages(frame).Single()) == Describe(messages[i]), "another message in the older format");
        }
    }

    private static string Describe(Message message) => string.Join(
        "|",
        message.Key,
        message.Source,
        message.CommandId ?? string.Empty,
        message.Filter ?? string.Empty,
        message.WaitForAck,
        message.IsAck,
        message.Value.Count == 0 ? string.Empty : BitConverter.ToString(message.Value.Array!, message.Value.Offset, message.Value.Count));

    private static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidOperationException(what);
        }
    }
}
