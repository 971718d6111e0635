using System.Globalization;

namespace RedisBackplane.Delivery;

/// <summary>
/// The text that a SignalR client holds as its place: <c>s-0,1F|1,2A</c>, an index and an id in hexadecimal for each stream. It is the form
/// of SignalR's own scale-out buses, so that clients keep their place when a farm changes to this bus or back.
/// </summary>
/// <remarks>
/// <para>A stream that is not named stands at the present. So a server that has not yet heard where a stream stands leaves it out: an id of
/// its own making would send the client through the whole log of another server. SignalR's own bus writes the maximum of a u64 in its
/// place, which is read as the present too and never written.</para>
/// <para>Cursors come back from clients, so that any text can come. Reading never throws, and takes time proportional to the text, of which
/// only so much is read. A text that is not in the form is no cursor: the client starts at the present.</para>
/// </remarks>
internal static class DeliveryCursor
{
    /// <summary>In place of an id: nothing but what comes from now on.</summary>
    public const ulong Present = ulong.MaxValue;

    /// <summary>Longer than the cursor of any farm that can be: 512 streams.</summary>
    private const int MaxLength = 16 * 1024;

    private const int MaxIndexDigits = 5;
    private const int MaxIdDigits = 16;
    private const string Prefix = "s-";

    /// <summary>Reads a cursor.</summary>
    /// <param name="cursor">What the client sent.</param>
    /// <param name="ids">
    /// Receives an id for each stream of this server. A stream that only the cursor knows is passed over: the farm's number of streams was
    /// changed, and the other streams keep their meaning.
    /// </param>
    /// <returns>Whether the text is in the form of a cursor; if not, every id is <see cref="Present"/>.</returns>
    public static bool TryRead(string? cursor, Span<ulong> ids)
    {
        ids.Fill(Present);
        if (cursor is null || cursor.Length > MaxLength || !cursor.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return false;
        }

        var position = Prefix.Length;
        while (position < cursor.Length)
        {
            if (!TryReadIndex(cursor, ref position, out var index) || !TryReadId(cursor, ref position, out var id))
            {
                ids.Fill(Present);
                return false;
            }

            if (index < ids.Length)
            {
                ids[index] = id;
            }
        }

        return true;
    }

    /// <summary>Writes a cursor.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="ids">The id of each stream, or <see cref="Present"/> where the server does not know it.</param>
    public static void Write(TextWriter writer, ReadOnlySpan<ulong> ids)
    {
        writer.Write(Prefix);
        var first = true;
        for (var index = 0; index < ids.Length; index++)
        {
            if (ids[index] == Present)
            {
                continue;
            }

            if (!first)
            {
                writer.Write('|');
            }

            first = false;
            if (index < 10)
            {
                writer.Write((char)('0' + index));
            }
            else
            {
                writer.Write(index.ToString(CultureInfo.InvariantCulture));
            }

            writer.Write(',');
            WriteHexadecimal(writer, ids[index]);
        }
    }

    private static void WriteHexadecimal(TextWriter writer, ulong id)
    {
        var shift = 60;
        while (shift > 0 && id >> shift == 0)
        {
            shift -= 4;
        }

        for (; shift >= 0; shift -= 4)
        {
            writer.Write("0123456789ABCDEF"[(int)(id >> shift) & 0xF]);
        }
    }

    private static bool TryReadIndex(string cursor, ref int position, out int index)
    {
        index = 0;
        var start = position;
        while (position < cursor.Length && position - start < MaxIndexDigits && cursor[position] is >= '0' and <= '9')
        {
            index = (index * 10) + (cursor[position++] - '0');
        }

        return position > start && position < cursor.Length && cursor[position++] == ',';
    }

    /// <summary>Reads an id and the bar behind it, which only another stream may follow.</summary>
    private static bool TryReadId(string cursor, ref int position, out ulong id)
    {
        id = 0;
        var start = position;
        while (position < cursor.Length && position - start < MaxIdDigits && TryReadDigit(cursor[position], out var digit))
        {
            id = (id << 4) | digit;
            position++;
        }

        return position > start
            && (position == cursor.Length || (cursor[position++] == '|' && position < cursor.Length));
    }

    private static bool TryReadDigit(char c, out uint digit)
    {
        digit = c switch
        {
            >= '0' and <= '9' => (uint)(c - '0'),
            >= 'A' and <= 'F' => (uint)(c - 'A' + 10),
            >= 'a' and <= 'f' => (uint)(c - 'a' + 10),
            _ => uint.MaxValue,
        };
        return digit != uint.MaxValue;
    }
}
