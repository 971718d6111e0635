using System.Text;
using CsCheck;
using RedisBackplane.Fuzzing;

namespace RedisBackplane.Tests.Wire;

/// <summary>Properties of every frame and every input. A failure names the seed; CsCheck shrinks it.</summary>
public sealed class WirePropertyTests
{
    private const int Iterations = 500;

    // Mostly short ones, some beyond the first step of a varint; all characters, including halves of surrogate pairs.
    private static readonly Gen<string> Text = Gen
        .OneOf(Gen.String[Gen.Char.AlphaNumeric, 0, 12], Gen.String[Gen.Char, 0, 12], Gen.String[Gen.Char['a', 'c'], 120, 140])
        .Select(ThroughUtf8);

    // What a long one contains matters to no format. Chosen byte by byte, it would take most of the time of the tests.
    private static readonly Gen<byte[]> Value = Gen.OneOf(
        Gen.Byte.Array[0, 40], Gen.Byte.Array[100, 300], Gen.Select(Gen.Int[16_300, 16_400], Gen.Int, RandomBytes));

    private static readonly Gen<Message> AnyMessage = Gen.Select(Text, Text, Value, Text, Text, Gen.Bool, Gen.Bool)
        .Select((key, source, value, command, filter, wait, ack) => new Message
        {
            Key = key,
            Source = source,
            Value = new ArraySegment<byte>(value),
            CommandId = command,
            Filter = filter,
            WaitForAck = wait,
            IsAck = ack,
        });

    private static readonly Gen<Message[]> AnyMessages = AnyMessage.Array[1, 12];

    private static readonly Gen<(FrameExtension Kind, byte[] Content)[]> AnyExtensions = Gen.Select(Gen.Byte, Gen.Byte.Array[0, 200])
        .Select((kind, content) => ((FrameExtension)kind, content)).Array[0, 5];

    private static readonly Gen<byte[]> AnyPayload = Gen.OneOf(
        Gen.Select(AnyMessages, AnyExtensions).Select((messages, extensions) => Write(messages, extensions).ToFrame(41, 42)),
        AnyMessages.Select(messages => Older(7, messages)),
        AnyMessages.Select(messages => (byte[])[.. "7 "u8, .. LegacyWriter.Write(Write(messages).Frame)[0], .. BitConverter.GetBytes(6ul)]),
        Gen.Byte.Array[0, 200],
        Gen.Byte.Array[0, 200].Select(bytes => (byte[])[.. FrameLayout.Magic, .. bytes]),
        Gen.Byte.Array[0, 200].Select(bytes => (byte[])[.. "42 "u8, .. bytes]));

    [Fact]
    public void Frame_OfAnyMessages_IsReadBack() =>
        Gen.Select(AnyMessages, Gen.ULong[0, 1ul << 53], Gen.ULong[1, 1000]).Sample(
            (messages, previous, step) =>
            {
                var writer = Write(messages);

                var read = Frame.TryRead(writer.ToFrame(previous, previous + step), out var frame, out _);

                Assert.True(read);
                Assert.Equal(
                    (previous, previous + step, messages.Length),
                    (frame.Header.PreviousId, frame.Header.FirstId, frame.Header.Count));
                AssertSame(messages, frame);
            },
            iter: Iterations);

    [Fact]
    public void Frame_ApartFromItsIds_IsReadBack() => AnyMessages.Sample(
        messages =>
        {
            var whole = Write(messages).ToFrame(41, 42);
            var body = (byte[])whole.Clone();
            Array.Clear(body, FrameLayout.PreviousId, FrameLayout.Body - FrameLayout.PreviousId);
            var assembly = StreamFormats.CreateAssembly();

            Assert.False(assembly.TryComplete(whole.AsSpan(0, FrameLayout.HeadSize).ToArray(), out _, out _));
            Assert.True(assembly.TryComplete(body, out var frame, out _));

            Assert.Equal(whole, frame.Buffer);
            AssertSame(messages, frame);
        },
        iter: Iterations);

    [Fact]
    public void Frame_WithAnyExtensions_GivesThemAndItsMessages() => Gen.Select(AnyMessages, AnyExtensions).Sample(
        (messages, extensions) =>
        {
            Assert.True(Frame.TryRead(Write(messages, extensions).ToFrame(41, 42), out var frame, out _));

            var found = new List<(FrameExtension, string)>();
            var walk = frame.EnumerateExtensions();
            while (walk.MoveNext())
            {
                found.Add((walk.Kind, BitConverter.ToString(walk.Content.ToArray())));
            }

            Assert.Equal(extensions.Select(extension => (extension.Kind, BitConverter.ToString(extension.Content))), found);
            AssertSame(messages, frame);
        },
        iter: Iterations);

    [Fact]
    public void OlderFormat_AsSignalRWritesIt_IsRead() => AnyMessages.Sample(
        messages =>
        {
            Assert.True(LegacyFrame.Instance.TryRead(Older(42, messages), out var frame, out _));

            Assert.Equal((42ul, 42ul, messages.Length), (frame.Header.FirstId, frame.Header.LastId, frame.Header.Count));
            AssertSame(messages, frame);
        },
        iter: Iterations);

    [Fact]
    public void OlderFormat_AsThisLibraryWritesIt_IsReadBySignalR() => AnyMessages.Sample(
        messages =>
        {
            var payloads = LegacyWriter.Write(Write(messages).Frame);

            var read = payloads.Select(payload =>
                ScaleoutMessage.FromBytes(payload.AsSpan(sizeof(int), BitConverter.ToInt32(payload, 0)).ToArray()));

            Assert.Equal(messages.Select(Messages.Describe), read.Select(message => Messages.Describe(Assert.Single(message.Messages))));
        },
        iter: Iterations);

    [Fact]
    public void AnyInput_IsRefusedOrWhole() =>
        AnyPayload.Array[1, 4].Sample(payloads => WireTarget.Run(WireTarget.Join(payloads)), iter: Iterations);

    [Fact]
    public void AnyInput_Damaged_IsRefusedOrWhole() =>
        Gen.Select(AnyPayload, Gen.Select(Gen.Int[0, 400], Gen.Byte).Array[1, 4], Gen.Int[0, 60]).Sample(
            (payload, wrongs, cut) =>
            {
                var damaged = payload.AsSpan(0, Math.Max(0, payload.Length - (cut > 30 ? 0 : cut))).ToArray();
                foreach (var (at, value) in wrongs)
                {
                    if (at < damaged.Length)
                    {
                        damaged[at] = value;
                    }
                }

                WireTarget.Run(WireTarget.Join(damaged));
            },
            iter: 4 * Iterations);

    private static FrameWriter Write(Message[] messages, (FrameExtension Kind, byte[] Content)[]? extensions = null)
    {
        var writer = new FrameWriter();
        foreach (var message in messages)
        {
            writer.Append(message);
        }

        writer.Complete(Frames.Publisher, 7, GoldenFrames.SentAt);
        foreach (var (kind, content) in extensions ?? [])
        {
            content.CopyTo(writer.AppendExtension(kind, content.Length));
        }

        return writer;
    }

    private static byte[] Older(ulong id, Message[] messages)
    {
        var bytes = new ScaleoutMessage(messages).ToBytes();
        return [.. Encoding.ASCII.GetBytes($"{id} "), .. BitConverter.GetBytes(bytes.Length), .. bytes];
    }

    private static void AssertSame(Message[] expected, Frame frame)
    {
        var read = new List<string>();
        foreach (var message in frame)
        {
            read.Add(Messages.Describe(message.ToMessage(1, 0)));
        }

        Assert.Equal(expected.Select(Messages.Describe), read);
    }

    private static byte[] RandomBytes(int size, int seed)
    {
        var bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static string ThroughUtf8(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
