using System.Text;
using RedisBackplane.Tests.Wire;

namespace RedisBackplane.Tests.Legacy;

/// <summary>Reads the format of the older package.</summary>
public sealed class LegacyFrameTests
{
    private static readonly byte[] Trailer = GoldenFrames.Bytes(
        "52 42 50 01", "00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F", "05 00 07 00 00 00 00 00", "28 00 00 00 00 00 00 00");

    public static TheoryData<string> Names => GoldenLegacyPayloads.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void GoldenPayload_AgainstSignalRsOwnClass_IsTheSame(string name)
    {
        var golden = GoldenLegacyPayloads.All[name];

        var written = new ScaleoutMessage(golden.Messages) { ServerCreationTime = new DateTime(GoldenLegacyPayloads.Ticks) }.ToBytes();
        var read = ScaleoutMessage.FromBytes(golden.ScaleoutMessage);

        Assert.Equal(golden.ScaleoutMessage, written);
        Assert.Equal(golden.ScaleoutMessage.Length, BitConverter.ToInt32(golden.Bytes, 0));
        Assert.Equal(golden.Messages.Select(Messages.Describe), read.Messages.Select(Messages.Describe));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void TryRead_GoldenPayload_GivesItsMessagesUnderItsId(string name)
    {
        var golden = GoldenLegacyPayloads.All[name];

        var frame = Read(golden.WithId("42"));

        var header = frame.Header;
        Assert.Equal((41ul, 42ul, 42ul, golden.Messages.Length), (header.PreviousId, header.FirstId, header.LastId, header.Count));
        Assert.Equal((true, true, GoldenFrames.SentAt), (header.HasOneId, header.IsAnonymous, header.SentAtMicroseconds));
        Assert.Equal(golden.Messages.Select(Messages.Describe), Frames.MessagesOf(frame).Select(Messages.Describe));
        Assert.All(Frames.MessagesOf(frame), message => Assert.Equal(42ul, message.MappingId));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void TryRead_GoldenPayload_CanBeWalkedByItsKeys(string name)
    {
        var golden = GoldenLegacyPayloads.All[name];
        var frame = Read(golden.WithId("42"));

        var keys = new List<string>();
        var messages = frame.EnumerateKeys();
        while (messages.MoveNext())
        {
            keys.Add(Encoding.UTF8.GetString(messages.Key.ToArray()));
            Assert.Equal(messages.Offset, messages.SourceOffset);
        }

        Assert.Equal(golden.Messages.Select(message => message.Key), keys);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void TryRead_WithATrailer_KnowsWhoSentItAndWhatWasBefore(string name)
    {
        var golden = GoldenLegacyPayloads.All[name];

        var frame = Read([.. golden.WithId("1760000000042"), .. Trailer]);

        var header = frame.Header;
        Assert.Equal((40ul, 1_760_000_000_042ul, false), (header.PreviousId, header.FirstId, header.IsAnonymous));
        Assert.Equal((Frames.Publisher, 0x70005ul), (header.Publisher, header.BatchNumber));
        Assert.Equal(golden.Messages.Select(Messages.Describe), Frames.MessagesOf(frame).Select(Messages.Describe));
    }

    [Fact]
    public void TryRead_TrailerOfALaterVersion_IsNotLookedAt()
    {
        var payload = (byte[])[.. GoldenLegacyPayloads.All["one message"].WithId("42"), .. Trailer];
        payload[payload.Length - Trailer.Length + 3] = 2;

        Assert.True(Read(payload).Header.IsAnonymous);
    }

    [Fact]
    public void TryRead_BytesBehindTheTime_AreIgnoredAsTheOlderPackageDoes()
    {
        var payload = GoldenFrames.Bytes(
            "'42 '", "1F 00 00 00", "01 00 00 00", "01 's' 01 'k' 05 00 00 00 'hello'", "00 00 00 00", "00 00 E4 E8 5E E5 DB 08", "FF FF");

        Assert.Equal("hello", Messages.ValueOf(Assert.Single(Frames.MessagesOf(Read(payload)))));
    }

    [Theory]
    [InlineData("1")]
    [InlineData("0000000042")]
    [InlineData("99999999999999")]
    [InlineData("18446744073709551614")]
    public void TryRead_AnyId_IsRead(string id)
    {
        var frame = Read(GoldenLegacyPayloads.All["one message"].WithId(id));

        Assert.Equal(ulong.Parse(id, System.Globalization.CultureInfo.InvariantCulture), frame.Header.FirstId);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("18446744073709551615")]
    [InlineData("18446744073709551616")]
    [InlineData("99999999999999999999999")]
    [InlineData("1e+14")]
    [InlineData("4-2")]
    public void TryRead_NoId_IsRefused(string id) => AssertRefused(GoldenLegacyPayloads.All["one message"].WithId(id));

    [Theory]
    [MemberData(nameof(Names))]
    public void TryRead_CutAnywhere_IsRefused(string name)
    {
        var payload = GoldenLegacyPayloads.All[name].WithId("42");
        for (var length = 0; length < payload.Length; length++)
        {
            AssertRefused(payload.AsSpan(0, length).ToArray());
        }
    }

    [Theory]
    [InlineData("'42 ' FF FF FF FF 01 00 00 00 01 's' 01 'k' 00 00 00 00 00 00 00 00 00 00 E4 E8 5E E5 DB 08")]
    [InlineData("'42 ' 18 00 00 00 FF FF FF FF 01 's' 01 'k' 00 00 00 00 00 00 00 00 00 00 E4 E8 5E E5 DB 08")]
    [InlineData("'42 ' 18 00 00 00 FF FF FF 7F 01 's' 01 'k' 00 00 00 00 00 00 00 00 00 00 E4 E8 5E E5 DB 08")]
    [InlineData("'42 ' 18 00 00 00 02 00 00 00 01 's' 01 'k' 00 00 00 00 00 00 00 00 00 00 E4 E8 5E E5 DB 08")]
    [InlineData("'42 ' 18 00 00 00 01 00 00 00 7F 's' 01 'k' 00 00 00 00 00 00 00 00 00 00 E4 E8 5E E5 DB 08")]
    [InlineData("'42 ' 18 00 00 00 01 00 00 00 01 's' 01 'k' FF FF FF FF 00 00 00 00 00 00 E4 E8 5E E5 DB 08")]
    [InlineData("'42 ' 18 00 00 00 01 00 00 00 01 's' 01 'k' 00 00 00 00 00 00 00 00 FF FF FF FF FF FF FF FF")]
    [InlineData("'42 ' 18 00 00 00 01 00 00 00 01 's' 01 'k' 00 00 00 00 00 00 00 00 FF FF FF FF FF FF FF 7F")]
    public void TryRead_NumbersThatCannotBe_IsRefused(string bytes) => AssertRefused(GoldenFrames.Bytes(bytes));

    [Fact]
    public void TryRead_TrailerWithAPreviousIdNotBelowItsOwn_IsRefused() =>
        AssertRefused([.. GoldenLegacyPayloads.All["one message"].WithId("40"), .. Trailer]);

    [Fact]
    public void TryComplete_PayloadsOfBothFormats_AreToldApart()
    {
        var assembly = StreamFormats.CreateAssembly();

        Assert.True(assembly.TryComplete(GoldenLegacyPayloads.All["one message"].WithId("7"), out var older, out _));
        Assert.True(assembly.TryComplete(Frames.Bytes(7, 8), out var current, out _));

        Assert.Equal((7ul, true), (older.Header.LastId, older.Header.HasOneId));
        Assert.Equal((8ul, false), (current.Header.LastId, current.Header.HasOneId));
    }

    private static void AssertRefused(byte[] payload)
    {
        Assert.False(LegacyFrame.Instance.TryRead(payload, out _, out var reason), BitConverter.ToString(payload));
        Assert.False(string.IsNullOrEmpty(reason));
    }

    private static Frame Read(byte[] payload)
    {
        Assert.True(LegacyFrame.Instance.IsOne(payload));
        Assert.True(LegacyFrame.Instance.TryRead(payload, out var frame, out var reason), reason);
        return frame;
    }
}
