using System.Buffers.Binary;

namespace RedisBackplane.Tests.Wire;

public sealed class FrameTests
{
    public static TheoryData<string> GoldenNames => GoldenFrames.Names;

    [Theory]
    [MemberData(nameof(GoldenNames))]
    public void TryRead_GoldenBytes_GivesTheGoldenMessages(string name)
    {
        var golden = GoldenFrames.All[name];

        var frame = Frames.Read(golden.Bytes);

        Assert.Equal(
            new FrameHeader
            {
                PreviousId = GoldenFrames.PreviousId,
                FirstId = GoldenFrames.FirstId,
                Count = golden.Messages.Length,
                Publisher = Frames.Publisher,
                BatchNumber = GoldenFrames.BatchNumber,
                SentAtMicroseconds = GoldenFrames.SentAt,
                End = GoldenFrames.Position + (ulong)golden.Bytes.Length,
            },
            frame.Header);
        Assert.Equal(GoldenFrames.FirstId + (ulong)golden.Messages.Length - 1, frame.Header.LastId);
        Assert.Equal(golden.Messages.Select(Messages.Describe), Describe(frame));
        Assert.Equal(golden.Extensions.Select(DescribeExtension), Extensions(frame));
    }

    [Fact]
    public void TryFindExtension_BehindOthers_GivesTheFirstOfItsKind()
    {
        byte[] bytes = [.. Golden(), 9, 1, 0xAA, 1, 2, 0xBB, 0xCC, 1, 0];

        Assert.True(Frames.Read(bytes).TryFindExtension(FrameExtension.TraceContext, out var content));

        Assert.Equal(new byte[] { 0xBB, 0xCC }, content.ToArray());
        Assert.False(Frames.Read(bytes).TryFindExtension(FrameExtension.Authentication, out _));
    }

    [Theory]
    [InlineData(new byte[] { 7 })] // no length
    [InlineData(new byte[] { 7, 0x80 })] // a length that does not end
    [InlineData(new byte[] { 7, 2, 1 })] // cut short
    [InlineData(new byte[] { 7, 0xFF, 0xFF, 0xFF, 0xFF, 0x07 })] // the greatest length an array may have
    [InlineData(new byte[] { 7, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F })] // the greatest u32
    public void EnumerateExtensions_TrailingDataThatIsNone_EndsBeforeIt(byte[] trailing)
    {
        var frame = Frames.Read([.. Golden(), 3, 1, 0xAA, .. trailing]);

        Assert.Equal([DescribeExtension(((FrameExtension)3, [0xAA]))], Extensions(frame));
    }

    [Fact]
    public void EnumerateKeys_AFrameWithExtensions_TakesNoneForAMessage()
    {
        var golden = GoldenFrames.All["trace context and authentication tag"];
        var keys = Frames.Read(golden.Bytes).EnumerateKeys();

        Assert.True(keys.MoveNext());
        Assert.False(keys.MoveNext());
    }

    [Fact]
    public void TryRead_TrailingData_IsIgnored()
    {
        var golden = GoldenFrames.All["every flag"];
        var bytes = golden.Bytes.Concat(Enumerable.Repeat((byte)0xFF, 100)).ToArray();

        Assert.Equal(golden.Messages.Select(Messages.Describe), Describe(Frames.Read(bytes)));
    }

    [Fact]
    public void TryRead_AnotherVersion_IsRefusedWithTheReason()
    {
        var bytes = Golden();
        bytes[3] = 1;

        AssertRefused(bytes, "of version 1 of the wire format: a server of another version of this library is in the farm");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void TryRead_OtherLettersAtTheBeginning_IsRefusedWithTheReason(int offset)
    {
        var bytes = Golden();
        bytes[offset] ^= 0x20;

        AssertRefused(bytes, "does not begin with the letters of a frame");
    }

    [Fact]
    public void TryRead_Empty_IsRefusedWithTheReason() => AssertRefused([], "shorter than a header");

    [Theory]
    [InlineData(0x20)]
    [InlineData(0x40)]
    [InlineData(0x80)]
    [InlineData(0xFF)]
    public void TryRead_UnknownFlag_IsRefusedWithTheReason(int flags)
    {
        var bytes = Golden();
        bytes[FrameLayout.Messages + 1] = (byte)flags;

        AssertRefused(bytes, "whose messages do not add up");
    }

    [Fact]
    public void TryRead_FirstMessageOfTheSameSourceAsNone_IsRefused() =>
        AssertRefused(FrameOf(1, [4, 16, 1, (byte)'k', (byte)'v']), "whose messages do not add up");

    [Fact]
    public void TryRead_NoMessages_IsRefused() => AssertRefused(FrameOf(0, []), "whose messages do not add up");

    [Fact]
    public void TryRead_MessageWithoutFlags_IsRefused() => AssertRefused(FrameOf(1, [0]), "whose messages do not add up");

    [Theory]
    [InlineData(1u)]
    [InlineData(3u)]
    [InlineData(uint.MaxValue)]
    public void TryRead_AnotherCountThanMessages_IsRefused(uint count) =>
        AssertRefused(FrameOf(count, [3, 0, 0, 0, 3, 0, 0, 0]), "whose messages do not add up");

    [Theory]
    [InlineData(0u, 0ul, 1u)] // ids begin with 1
    [InlineData(5u, 5ul, 1u)]
    [InlineData(6u, 5ul, 1u)]
    public void TryRead_IdsThatCannotBe_IsRefused(uint previous, ulong first, uint count) =>
        AssertRefused(FrameOf(count, [3, 0, 0, 0], previous, first), "with ids that cannot be");

    [Fact]
    public void TryRead_LastIdOfAllThatAre_IsRefused()
    {
        // SignalR gives the last value of u64 a meaning of its own, so no message may have it.
        AssertRefused(FrameOf(1, [3, 0, 0, 0], 1, ulong.MaxValue), "with ids that cannot be");
        AssertRefused(FrameOf(2, [3, 0, 0, 0, 3, 0, 0, 0], 1, ulong.MaxValue - 1), "with ids that cannot be");
        Assert.True(Frame.TryRead(FrameOf(1, [3, 0, 0, 0], 1, ulong.MaxValue - 1), out var frame, out _));
        Assert.Equal(ulong.MaxValue - 1, frame.Header.LastId);
    }

    [Theory]
    [InlineData(5u)]
    [InlineData((uint)int.MaxValue)]
    [InlineData((uint)int.MaxValue + 1)]
    [InlineData(uint.MaxValue)]
    public void TryRead_LengthBeyondTheBytes_IsRefusedWithTheReason(uint length)
    {
        var bytes = FrameOf(1, [3, 0, 0, 0]);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(FrameLayout.Length), length);

        AssertRefused(bytes, "cut short: it says more bytes than came");
    }

    [Theory]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0x07 })] // the greatest length an array may have
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0x0F })] // the greatest u32
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0x7F })] // beyond u32
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01 })] // longer than a varint may be
    [InlineData(new byte[] { 0x80 })] // not ended
    public void TryRead_HugeVarint_IsRefusedWhereverItStands(byte[] varint)
    {
        AssertRefused(FrameOf(1, [.. varint, 0, 0, 0]), "whose messages do not add up");
        foreach (var (flags, before) in new[] { (0, 0), (0, 1), (1, 2), (8, 2), (9, 3) })
        {
            // The varint as the length of the key, of the source, of the command id, of the filter, and of the filter
            // after a command id.
            byte[] message = [(byte)flags, .. new byte[before], .. varint];
            AssertRefused(FrameOf(1, [(byte)message.Length, .. message]), "whose messages do not add up");
        }
    }

    [Fact]
    public void TryRead_LengthInMoreBytesThanNeeded_IsRead()
    {
        var frame = Frames.Read(FrameOf(1, [0x85, 0x80, 0x80, 0x80, 0x00, 0, 1, (byte)'k', 0, (byte)'v']));

        Assert.Equal(["k||-|-|-|-|76"], Describe(frame));
    }

#if NET
    [Fact]
    public void TryRead_HugeNumbers_AllocatesNothing()
    {
        var huge = Golden();
        BinaryPrimitives.WriteUInt32LittleEndian(huge.AsSpan(FrameLayout.Count), uint.MaxValue);
        var cut = Golden();
        BinaryPrimitives.WriteUInt32LittleEndian(cut.AsSpan(FrameLayout.Length), uint.MaxValue);
        var inner = FrameOf(1, [0xFF, 0xFF, 0xFF, 0xFF, 0x07, 0, 0, 0]);

        var allocated = Allocations.Of(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                Frame.TryRead(huge, out _, out _);
                Frame.TryRead(cut, out _, out _);
                Frame.TryRead(inner, out _, out _);
            }
        });

        Assert.InRange(allocated, 0, 1000);
    }
#endif

    [Fact]
    public void GetEnumerator_NoFrame_HasNoMessages() => Assert.Empty(Describe(default));

    [Fact]
    public void ToMessage_CommandOrNot_CopiesTheValueOfTheCommandOnly()
    {
        var bytes = GoldenFrames.All["every flag"].Bytes;
        var messages = Frames.Read(bytes).GetEnumerator();

        Assert.True(messages.MoveNext());
        var plain = messages.Current.ToMessage(42, 3);
        Assert.True(messages.MoveNext());
        var command = messages.Current.ToMessage(43, 3);

        Assert.Same(bytes, plain.Value.Array);
        Assert.NotSame(bytes, command.Value.Array);
        Assert.Equal(0, command.Value.Offset);
        Assert.Equal(command.Value.Array!.Length, command.Value.Count);
        Assert.Equal((42ul, 3), (plain.MappingId, plain.StreamIndex));
        Assert.Equal((43ul, 3), (command.MappingId, command.StreamIndex));
    }

    [Theory]
    [InlineData(null, false, false)]
    [InlineData(null, true, false)]
    [InlineData("1", false, true)]
    [InlineData("1", true, false)] // the acknowledgement of a command is none
    public void IsCommand_CommandIdAndAck_IsTrueForACommandThatIsNoAck(string? commandId, bool isAck, bool expected)
    {
        var writer = Frames.Write(Messages.Create(commandId: commandId, isAck: isAck));
        writer.Complete(Frames.Publisher, 1, 1);
        var messages = Frames.Read(writer.ToFrame(0, 1)).GetEnumerator();

        Assert.True(messages.MoveNext());
        Assert.Equal(expected, messages.Current.IsCommand);
    }

    [Fact]
    public void ToMessage_KeyAndSourceAtHand_AreUsed()
    {
        var messages = Frames.Read(Golden()).GetEnumerator();
        Assert.True(messages.MoveNext());
        var (key, source) = (new string('k', 1), new string('s', 1));

        var message = messages.Current.ToMessage(1, 0, key, source);

        Assert.Same(key, message.Key);
        Assert.Same(source, message.Source);
    }

    private static byte[] Golden() => (byte[])GoldenFrames.All["one message"].Bytes.Clone();

    private static byte[] FrameOf(uint count, byte[] messages, ulong previous = 0, ulong first = 1)
    {
        byte[] bytes = [.. new byte[FrameLayout.Messages], .. messages];
        FrameLayout.Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(4), previous);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(FrameLayout.FirstId), first);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(FrameLayout.Count), count);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(FrameLayout.Length), (uint)messages.Length);
        return bytes;
    }

    private static void AssertRefused(byte[] bytes, string reason)
    {
        Assert.False(Frame.TryRead(bytes, out _, out var actual));
        Assert.Equal(reason, actual);
    }

    private static string DescribeExtension((FrameExtension Kind, byte[] Content) extension) =>
        (int)extension.Kind + ": " + BitConverter.ToString(extension.Content);

    private static List<string> Extensions(Frame frame)
    {
        var found = new List<string>();
        var extensions = frame.EnumerateExtensions();
        while (extensions.MoveNext())
        {
            found.Add(DescribeExtension((extensions.Kind, extensions.Content.ToArray())));
        }

        return found;
    }

    private static IEnumerable<string> Describe(Frame frame) => Frames.MessagesOf(frame).Select(Messages.Describe);
}
