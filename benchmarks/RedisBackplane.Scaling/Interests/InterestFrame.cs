using System.Buffers.Binary;
using System.Text;

namespace RedisBackplane.Scaling.Interests;

/// <summary>
/// A minimal format: 16 bytes for the ids, which the script fills in, and for each message its key (u8 length, UTF-8)
/// and its value (i32 length, bytes).
/// </summary>
internal static class InterestFrame
{
    public const int IdBytes = 16;

    /// <summary>Longer frames are published apart from their ids, like those of the library.</summary>
    private const int LongestJoined = 8 * 1024;

    /// <summary>
    /// The bytes for the script: the whole frame if it is published apart, otherwise without the room for the ids.
    /// </summary>
    public static (byte[] Bytes, bool IsApart) Write(IReadOnlyCollection<string> keys, byte[] value)
    {
        var length = keys.Sum(key => 1 + Encoding.UTF8.GetByteCount(key) + 4 + value.Length);
        var isApart = length > LongestJoined;
        var bytes = new byte[isApart ? IdBytes + length : length];
        var rest = bytes.AsSpan(isApart ? IdBytes : 0);
        foreach (var key in keys)
        {
            var written = Encoding.UTF8.GetBytes(key, rest[1..]);
            rest[0] = (byte)written;
            rest = rest[(1 + written)..];
            BinaryPrimitives.WriteInt32LittleEndian(rest, value.Length);
            value.CopyTo(rest[4..]);
            rest = rest[(4 + value.Length)..];
        }

        return (bytes, isApart);
    }

    /// <summary>Removes the first message from the rest of a frame.</summary>
    public static void Take(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        key = rest.Slice(1, rest[0]);
        rest = rest[(1 + key.Length)..];
        value = rest.Slice(4, BinaryPrimitives.ReadInt32LittleEndian(rest));
        rest = rest[(4 + value.Length)..];
    }
}
