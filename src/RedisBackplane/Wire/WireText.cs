using System.Text;

namespace RedisBackplane.Wire;

/// <summary>
/// The bytes of a text in a frame. They are UTF-8, except that half of a surrogate pair is written as the three bytes
/// of its number (WTF-8). Plain UTF-8 replaces every such half with the same character, and different keys would become
/// equal. Stateless.
/// </summary>
internal static class WireText
{
    private const char Replacement = '\uFFFD';

    /// <summary>How many bytes a text of this length takes at most.</summary>
    public static int MaxBytes(int length) => 3 * length;

    /// <returns>How many bytes it took; at most <see cref="MaxBytes"/>.</returns>
    public static int Write(string text, byte[] buffer, int position)
    {
        var written = Encoding.UTF8.GetBytes(text, 0, text.Length, buffer, position);
        return written == text.Length || !HasHalfPair(text) ? written : WriteHalves(text, buffer, position);
    }

    /// <summary>Reads what <see cref="Write"/> wrote. Other invalid bytes become replacement characters.</summary>
    public static string Read(byte[] buffer, int position, int length)
    {
        if (length == 0)
        {
            return string.Empty;
        }

        var text = Encoding.UTF8.GetString(buffer, position, length);
        return text.IndexOf(Replacement) < 0 || !HasHalf(buffer.AsSpan(position, length)) ? text : ReadHalves(buffer, position, length);
    }

    private static bool HasHalfPair(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
            {
                continue;
            }

            if (!IsPairAt(text, i))
            {
                return true;
            }

            i++;
        }

        return false;
    }

    private static bool IsPairAt(string text, int index) => index + 1 < text.Length && char.IsSurrogatePair(text[index], text[index + 1]);

    private static int WriteHalves(string text, byte[] buffer, int position)
    {
        var start = position;
        var next = 0;
        while (next < text.Length)
        {
            var whole = next;
            while (whole < text.Length && (!char.IsSurrogate(text[whole]) || IsPairAt(text, whole)))
            {
                whole += char.IsSurrogate(text[whole]) ? 2 : 1;
            }

            position += Encoding.UTF8.GetBytes(text, next, whole - next, buffer, position);
            next = whole;
            if (next < text.Length)
            {
                var half = text[next++];
                buffer[position++] = 0xED;
                buffer[position++] = (byte)(0x80 | ((half >> 6) & 0x3F));
                buffer[position++] = (byte)(0x80 | (half & 0x3F));
            }
        }

        return position - start;
    }

    // UTF-8 has no such bytes.
    private static bool IsHalfAt(ReadOnlySpan<byte> bytes, int index) =>
        index + 2 < bytes.Length && bytes[index] == 0xED && bytes[index + 1] is >= 0xA0 and <= 0xBF && (bytes[index + 2] & 0xC0) == 0x80;

    private static bool HasHalf(ReadOnlySpan<byte> bytes)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            if (IsHalfAt(bytes, i))
            {
                return true;
            }
        }

        return false;
    }

    private static string ReadHalves(byte[] buffer, int position, int length)
    {
        var bytes = buffer.AsSpan(position, length);
        var text = new StringBuilder(length);
        var next = 0;
        for (var i = 0; i < length; i++)
        {
            if (IsHalfAt(bytes, i))
            {
                text.Append(Encoding.UTF8.GetString(buffer, position + next, i - next));
                text.Append((char)(0xD000 | ((bytes[i + 1] & 0x3F) << 6) | (bytes[i + 2] & 0x3F)));
                i += 2;
                next = i + 1;
            }
        }

        return text.Append(Encoding.UTF8.GetString(buffer, position + next, length - next)).ToString();
    }
}
