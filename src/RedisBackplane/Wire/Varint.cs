namespace RedisBackplane.Wire;

/// <summary>The variable-length integer of the wire format: an unsigned LEB128 of a u32, at most 5 bytes.</summary>
internal static class Varint
{
    public const int MaxSize = 5;

    /// <summary>Reads a number that may be malformed.</summary>
    /// <param name="position">Where it begins; afterwards, where it ends.</param>
    /// <param name="value">The number, if it fits the length of an array.</param>
    public static bool TryRead(byte[] buffer, ref int position, int end, out int value)
    {
        ulong result = 0;
        for (var shift = 0; shift <= 28 && position < end; shift += 7)
        {
            var next = buffer[position++];
            result |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                value = (int)Math.Min(result, int.MaxValue);
                return result <= int.MaxValue;
            }
        }

        value = 0;
        return false;
    }

    public static void Write(byte[] buffer, int position, uint value)
    {
        while (value >= 0x80)
        {
            buffer[position++] = (byte)(value | 0x80);
            value >>= 7;
        }

        buffer[position] = (byte)value;
    }

    public static int SizeOf(uint value)
    {
        var size = 1;
        while (value >= 0x80)
        {
            value >>= 7;
            size++;
        }

        return size;
    }
}
