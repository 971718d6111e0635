using RedisBackplane.Tests.Wire;

namespace RedisBackplane.Tests.Legacy;

/// <summary>Writes the format of the older package.</summary>
public sealed class LegacyWriterTests
{
    private const string Named = "52 42 50 01  00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F";

    public static TheoryData<string> SingleNames =>
        new(GoldenLegacyPayloads.All.Where(payload => payload.Value.Messages.Length == 1).Select(payload => payload.Key));

    [Theory]
    [MemberData(nameof(SingleNames))]
    public void Write_GoldenMessage_GivesTheGoldenPayloadAndATrailer(string name)
    {
        var golden = GoldenLegacyPayloads.All[name];

        var payload = Assert.Single(Write(golden.Messages));

        Assert.Equal([.. golden.Bytes, .. GoldenFrames.Bytes(Named, "00 00 07 00 00 00 00 00")], payload);
    }

    [Fact]
    public void Write_BatchOfMany_GivesEachMessageAPayloadOfItsOwn()
    {
        // Two messages of one source in a row: the frame names the source once, and each payload names it.
        var payloads = Write(Messages.Create("1", "b", "s1"), Messages.Create("2", "a", "s1"), Messages.Create("3", "b", "s2"));

        Assert.Equal(
            [
                GoldenFrames.Bytes(
                    "1A 00 00 00", "01 00 00 00", "02 's1' 01 'b' 01 00 00 00 '1'", "00 00 00 00", "00 00 E4 E8 5E E5 DB 08",
                    Named, "00 00 07 00 00 00 00 00"),
                GoldenFrames.Bytes(
                    "1A 00 00 00", "01 00 00 00", "02 's1' 01 'a' 01 00 00 00 '2'", "00 00 00 00", "00 00 E4 E8 5E E5 DB 08",
                    Named, "01 00 07 00 00 00 00 00"),
                GoldenFrames.Bytes(
                    "1A 00 00 00", "01 00 00 00", "02 's2' 01 'b' 01 00 00 00 '3'", "00 00 00 00", "00 00 E4 E8 5E E5 DB 08",
                    Named, "02 00 07 00 00 00 00 00"),
            ],
            payloads);
    }

    [Fact]
    public void Write_AsTheOlderPackageReadsIt_GivesTheMessage()
    {
        var message = Messages.Create("y", "k", "s", commandId: "1", filter: "f", waitForAck: true, isAck: true);

        var payload = Assert.Single(Write(message));

        // A length and as many bytes. It reads nothing after them.
        var read = ScaleoutMessage.FromBytes(payload.AsSpan(sizeof(int), BitConverter.ToInt32(payload, 0)).ToArray());
        Assert.Equal(Messages.Describe(message), Messages.Describe(Assert.Single(read.Messages)));
        Assert.Equal(GoldenLegacyPayloads.Ticks, read.ServerCreationTime.Ticks);
    }

    [Fact]
    public void Write_BatchesOfAPublisher_NumberTheirMessagesUpwards()
    {
        var numbers = new List<ulong>();
        foreach (var batch in new ulong[] { 1, 2, 3 })
        {
            foreach (var payload in Write(batch, [.. Enumerable.Range(0, 3).Select(_ => Messages.Create())]))
            {
                byte[] whole = [.. "9 "u8.ToArray(), .. payload, .. new byte[8]];
                Assert.True(LegacyFrame.Instance.TryRead(whole, out var frame, out var reason), reason);
                numbers.Add(frame.Header.BatchNumber);
            }
        }

        Assert.Equal(numbers.OrderBy(number => number).Distinct(), numbers);
    }

    [Fact]
    public void Write_FrameWithAnExtension_LeavesItOut()
    {
        var writer = Frames.Write(Messages.Create("hello", "k", "s"));
        writer.Complete(Frames.Publisher, GoldenFrames.BatchNumber, GoldenFrames.SentAt);
        writer.AppendExtension(FrameExtension.TraceContext, 20).Fill(1);

        var payload = Assert.Single(LegacyWriter.Write(writer.Frame));

        Assert.Equal(Assert.Single(Write(Messages.Create("hello", "k", "s"))), payload);
    }

    private static byte[][] Write(params Message[] messages) => Write(GoldenFrames.BatchNumber, messages);

    private static byte[][] Write(ulong batch, Message[] messages)
    {
        var writer = Frames.Write(messages);
        writer.Complete(Frames.Publisher, batch, GoldenFrames.SentAt);
        return LegacyWriter.Write(writer.Frame);
    }
}
