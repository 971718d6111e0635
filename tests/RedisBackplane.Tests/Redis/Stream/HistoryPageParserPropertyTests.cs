using System.Buffers.Binary;
using CsCheck;

namespace RedisBackplane.Tests.Redis.Stream;

public sealed class HistoryPageParserPropertyTests
{
    private const ulong Start = 5 * HistoryLayout.PositionsPerSegment;

    [Fact]
    public void Take_RangeOfWholeRecords_GivesEachByteByByte()
    {
        var bytes = Log(Start, 3);

        var (payloads, done, rest) = Take(bytes, Start, isEnd: false);

        Assert.Equal(bytes, payloads.SelectMany(payload => payload));
        Assert.Equal((3, bytes.Length, 0), (payloads.Count, done, rest));
    }

    [Fact]
    public void Take_AnyPartition_GivesTheSameRecords()
    {
        var bytes = Log(Start, 6);
        var expected = Take(bytes, Start, isEnd: true).Payloads;

        Gen.Int[1, bytes.Length].Sample(page =>
        {
            var payloads = new List<byte[]>();
            for (int at = 0, length = page; at < bytes.Length;)
            {
                length = Math.Min(length, bytes.Length - at);
                var isEnd = at + length == bytes.Length;
                var done = HistoryPageParser.Take(bytes.AsSpan(at, length), Start + (ulong)at, isEnd, payloads, out var rest);

                // A record that is incomplete is read again, with as many bytes as it needs.
                length = done == 0 ? Math.Max(rest, length + HistoryLayout.HeaderSize) : page;
                at += done;
            }

            return payloads.SelectMany(payload => payload).SequenceEqual(expected.SelectMany(payload => payload));
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Take_RecordBeyondTheRange_TellsItsSizeAndIsNoneAtTheEnd(bool isEnd)
    {
        var bytes = Log(Start, 1);

        var (payloads, done, rest) = Take(bytes.AsSpan(0, bytes.Length - 1).ToArray(), Start, isEnd);

        Assert.Empty(payloads);
        Assert.Equal(isEnd ? (bytes.Length - 1, 0) : (0, bytes.Length), (done, rest));
    }

    [Fact]
    public void Take_WrappedRecord_GivesWhatStandsBehindItsHeader()
    {
        var payload = "501 a payload of the older package"u8;
        byte[] record = [.. new byte[HistoryLayout.HeaderSize], .. payload];
        HistoryLayout.WrappedMagic.CopyTo(record);
        BinaryPrimitives.WriteUInt64LittleEndian(record.AsSpan(FrameLayout.Position), Start);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(FrameLayout.Size), (uint)record.Length);

        Assert.Equal(payload.ToArray(), Assert.Single(Take(record, Start, isEnd: true).Payloads));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(50)]
    [InlineData(5_000)]
    public void Take_DamageBetweenRecords_IsSkipped(int length)
    {
        var (first, second) = (Log(Start, 2), (byte[])null!);
        var damage = Enumerable.Range(0, length).Select(i => (byte)"RBP\u0002"[i % 4]).ToArray();
        second = Log(Start + (ulong)(first.Length + length), 2);

        var (payloads, _, _) = Take([.. first, .. damage, .. second], Start, isEnd: true);

        Assert.Equal([.. first, .. second], payloads.SelectMany(payload => payload));
    }

    [Fact]
    public void Take_RecordsOfAnotherPlace_AreNotTaken() => Assert.Empty(Take(Log(Start + 1, 3), Start, isEnd: true).Payloads);

    [Fact]
    public void Take_AnyBytes_EndsAndTakesNothingThatIsNotThere() => Gen.Byte.Array[0, 300].Sample(bytes =>
    {
        var (payloads, done, _) = Take(bytes, Start, isEnd: true);
        return payloads.Count == 0 && done == bytes.Length;
    });

    private static (List<byte[]> Payloads, int Done, int Left) Take(byte[] bytes, ulong position, bool isEnd)
    {
        var payloads = new List<byte[]>();
        var done = HistoryPageParser.Take(bytes, position, isEnd, payloads, out var rest);
        return (payloads, done, rest);
    }

    private static byte[] Log(ulong position, int records)
    {
        var log = new List<byte>();
        for (var id = 1ul; id <= (ulong)records; id++)
        {
            var frame = Frames.Bytes(id - 1, id, padding: (int)id * 3);
            BinaryPrimitives.WriteUInt64LittleEndian(frame.AsSpan(FrameLayout.Position), position + (ulong)log.Count);
            log.AddRange(frame);
        }

        return [.. log];
    }
}
