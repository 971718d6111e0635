namespace RedisBackplane.Tests.Wire;

public sealed class FrameWriterTests
{
    public static TheoryData<string> GoldenNames => GoldenFrames.Names;

    [Theory]
    [MemberData(nameof(GoldenNames))]
    public void ToFrame_GoldenMessages_GivesTheGoldenBytes(string name)
    {
        var golden = GoldenFrames.All[name];

        var writer = Frames.Write(golden.Messages);
        writer.Complete(Frames.Publisher, GoldenFrames.BatchNumber, GoldenFrames.SentAt);
        foreach (var (kind, content) in golden.Extensions)
        {
            content.CopyTo(writer.AppendExtension(kind, content.Length));
        }

        var frame = writer.ToFrame(GoldenFrames.PreviousId, GoldenFrames.FirstId, GoldenFrames.Position);
        Assert.Equal(golden.Bytes, frame);
        Assert.Equal(golden.Bytes.Skip(FrameLayout.Body), writer.Frame.Slice(FrameLayout.Body).ToArray());
        Assert.Equal(golden.Messages.Length, writer.Count);
    }

    [Fact]
    public void Append_ManyMessages_GrowsBeyondTheFirstBuffer()
    {
        var messages = Enumerable.Range(0, 5_000)
            .Select(i => Messages.Create("value " + i, "key " + (i % 7), "source " + (i % 3)))
            .ToArray();

        var writer = Frames.Write(messages);

        AssertRoundTrip(messages, writer);
    }

    [Fact]
    public void Append_MessageLargerThanTheBuffer_IsTakenWhole()
    {
        var message = Messages.Create(new string('x', 300_000), new string('k', 70_000), new string('s', 9_000));

        AssertRoundTrip([message, message], Frames.Write(message, message));
    }

    [Fact]
    public void Append_TheCallerReusesTheValue_TheFrameKeepsWhatItWas()
    {
        var message = Messages.Create("before");
        var writer = Frames.Write(message);

        Array.Clear(message.Value.Array!, 0, message.Value.Count);

        AssertRoundTrip([Messages.Create("before")], writer);
    }

    [Fact]
    public void Append_ValueInTheMiddleOfAnArray_TakesThatPartOnly()
    {
        var message = Messages.Create();
        message.Value = new ArraySegment<byte>([1, 2, 3, 4, 5], 1, 3);

        var writer = Frames.Write(message);

        var frame = Complete(writer);
        Assert.Equal(new byte[] { 2, 3, 4 }, Single(frame).ToMessage(1, 0).Value.ToArray());
    }

    [Fact]
    public void Append_MessageWithNothingSet_IsAnEmptyMessage()
    {
        var writer = Frames.Write(new Message(), new Message());

        AssertRoundTrip([Messages.Create("", "", ""), Messages.Create("", "", "")], writer);
    }

    [Fact]
    public void Append_HalfOfASurrogatePair_IsCarriedAndTheFrameIsWhole()
    {
        var frame = Complete(Frames.Write(Messages.Create("v", "k\uD83D", "s")));

        Assert.Equal("k\uD83D", Single(frame).ToMessage(1, 0).Key);
    }

    [Fact]
    public void MaxSizeOf_AnyMessage_IsNeverExceeded()
    {
        foreach (var golden in GoldenFrames.All.Values)
        {
            var writer = new FrameWriter();
            foreach (var message in golden.Messages)
            {
                var before = writer.Length;
                writer.Append(message);
                Assert.InRange(writer.Length - before, 1, FrameWriter.MaxSizeOf(message));
            }

            writer.Recycle();
        }
    }

    [Fact]
    public void AppendExtension_LargerThanTheBuffer_KeepsWhatWasWritten()
    {
        var messages = new[] { Messages.Create("1"), Messages.Create("2") };
        var writer = Frames.Write(messages);
        var length = writer.Length;
        writer.Complete(Frames.Publisher, 1, 1);
        writer.AppendExtension(FrameExtension.TraceContext, 3).Fill(7);

        writer.AppendExtension((FrameExtension)9, 100_000).Fill(9);

        var frame = Frames.Read(writer.ToFrame(0, 1));
        Assert.True(frame.TryFindExtension(FrameExtension.TraceContext, out var first));
        Assert.Equal(new byte[] { 7, 7, 7 }, first.ToArray());
        Assert.True(frame.TryFindExtension((FrameExtension)9, out var second));
        Assert.True(second.ToArray().All(value => value == 9) && second.Length == 100_000);
        Assert.Equal((2, length), (frame.Header.Count, writer.Length));
    }

    [Fact]
    public void Trim_AFrameWithExtensions_KeepsThem()
    {
        var writer = new FrameWriter(100_000);
        writer.Append(Messages.Create());
        writer.Complete(Frames.Publisher, 1, 1);
        writer.AppendExtension(FrameExtension.TraceContext, 3).Fill(7);
        var before = writer.Frame.ToArray();

        writer.Trim();

        Assert.Equal(before, writer.Frame.ToArray());
        Assert.Equal(before.Length, writer.Capacity);
    }

    [Fact]
    public void Restore_AFrameWithExtensions_IsTheSameFrame()
    {
        var writer = Frames.Write(Messages.Create("1"), Messages.Create("2"));
        writer.Complete(Frames.Publisher, 1, 1);
        writer.AppendExtension(FrameExtension.TraceContext, 3).Fill(7);

        var restored = FrameWriter.Restore(writer.Frame.Span, writer.Length, writer.Count);

        Assert.Equal(writer.Frame.ToArray(), restored.Frame.ToArray());
        Assert.Equal((writer.Length, writer.Count), (restored.Length, restored.Count));
    }

    [Fact]
    public void Complete_Twice_GivesTheSameBytes()
    {
        var writer = Frames.Write(Messages.Create());

        var first = writer.Complete(Frames.Publisher, 1, 2).ToArray();
        var second = writer.Complete(Frames.Publisher, 1, 2).ToArray();

        Assert.Equal(first, second);
    }

    private static Frame Complete(FrameWriter writer)
    {
        writer.Complete(Frames.Publisher, 1, 1);
        return Frames.Read(writer.ToFrame(0, 1));
    }

    private static FrameMessage Single(Frame frame)
    {
        var messages = frame.GetEnumerator();
        Assert.True(messages.MoveNext());
        return messages.Current;
    }

    private static void AssertRoundTrip(IEnumerable<Message> expected, FrameWriter writer) =>
        Assert.Equal(expected.Select(Messages.Describe), Frames.MessagesOf(Complete(writer)).Select(Messages.Describe));
}
