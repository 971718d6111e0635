using RedisBackplane.Wire;

namespace RedisBackplane.Redis.Stream;

/// <summary>
/// Takes the records out of a range of bytes of one segment. Bytes that are not a record at their place (damage, a gap,
/// bytes of an earlier use of the segment) are skipped up to the next record. Pure; never throws, for any bytes.
/// </summary>
internal static class HistoryPageParser
{
    /// <summary>Takes every complete record.</summary>
    /// <param name="position">The position of its first byte.</param>
    /// <param name="isEnd">
    /// Whether nothing follows the range in the segment. A record that continues after it is then invalid.
    /// </param>
    /// <param name="rest">The size of the record that continues after the range; 0 if the range ends within a header or
    /// with a record.</param>
    /// <returns>How many bytes need not be read again.</returns>
    public static int Take(ReadOnlySpan<byte> bytes, ulong position, bool isEnd, List<byte[]> payloads, out int rest)
    {
        rest = 0;
        var at = 0;
        while (at < bytes.Length)
        {
            if (HistoryLayout.TryReadHeader(bytes.Slice(at), position + (ulong)at, out var header))
            {
                if (header.Size <= bytes.Length - at)
                {
                    payloads.Add(PayloadOf(bytes.Slice(at, (int)header.Size), header));
                    at += (int)header.Size;
                    continue;
                }

                if (!isEnd)
                {
                    rest = (int)header.Size;
                    return at;
                }
            }
            else if (!isEnd && bytes.Length - at < HistoryLayout.HeaderSize)
            {
                return at;
            }

            var next = bytes.Slice(at + 1).IndexOf(FrameLayout.Magic.Slice(0, 2));
            at = next >= 0 ? at + 1 + next : isEnd ? bytes.Length : Math.Max(at + 1, bytes.Length - 1);
        }

        return at;
    }

    public static byte[] PayloadOf(ReadOnlySpan<byte> record, in RecordHeader header) =>
        (header.IsWrapped ? record.Slice(HistoryLayout.HeaderSize) : record).ToArray();
}
