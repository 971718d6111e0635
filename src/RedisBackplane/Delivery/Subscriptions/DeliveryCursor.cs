using System.Globalization;

namespace RedisBackplane.Delivery.Subscriptions;

/// <summary>
/// The text that a SignalR client holds as its place: <c>s-0,1F|1,2A</c>, an index and an id in hexadecimal for each
/// stream. It is the form of SignalR's own scale-out buses, so that clients keep their place when a farm changes to
/// this bus or back.
/// </summary>
/// <remarks>
/// <para>A server that has not yet heard where a stream stands leaves it out: an id of its own making would send the
/// client through the whole log of another server. It adds since when the client has been waiting for what such a
/// stream brings, as <c>99999,2A</c>: microseconds since the Unix epoch under an index that no stream has, and that an
/// older version passes over. SignalR's own bus writes the maximum of a u64 in place of an id, which is read as the
/// present and never written.</para>
/// <para>A stream that is left out without such a time is one that the server which wrote the cursor did not read,
/// because the farm had fewer streams then. A server of a farm with more sends nothing on the new ones before every
/// other reads them, so that the client has missed all that they hold.</para>
/// <para>Cursors come back from clients, so that any text can come. Reading never throws, and takes time proportional
/// to the text, of which only so much is read. A text that is not in the form is no cursor: the client starts at the
/// present.</para>
/// </remarks>
internal static class DeliveryCursor
{
    /// <summary>Instead of an id: only messages from now on.</summary>
    public const ulong Present = ulong.MaxValue;

    /// <summary>More streams than a farm can have; what a cursor says of further ones is passed over.</summary>
    public const int MaxStreams = RedisBackplaneOptions.MaxStreamCount;

    /// <summary>Longer than the cursor of any farm that can be.</summary>
    private const int MaxLength = 16 * 1024;

    private const int SinceIndex = 99999;
    private const int MaxIndexDigits = 5;
    private const int MaxIdDigits = 16;
    private const string Prefix = "s-";

    /// <param name="cursor">What the client sent.</param>
    /// <param name="ids">
    /// Receives an id for each stream, at most <see cref="MaxStreams"/>; <see cref="Present"/> for one that is not
    /// named.
    /// </param>
    /// <param name="named">Receives a bit for each stream that is named, the first one's the lowest.</param>
    /// <param name="since">
    /// Receives since when, in microseconds since the Unix epoch, the client has been waiting for what the streams
    /// bring that are not named; 0 where the cursor does not say it.
    /// </param>
    /// <returns>Whether the text is in the form of a cursor; if not, every id is <see cref="Present"/>.</returns>
    public static bool TryRead(string? cursor, Span<ulong> ids, out ulong named, out long since)
    {
        ids.Fill(Present);
        named = 0;
        since = 0;
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
                named = 0;
                since = 0;
                return false;
            }

            if (index < ids.Length)
            {
                ids[index] = id;
                named |= 1UL << index;
            }
            else if (index == SinceIndex && id <= long.MaxValue)
            {
                since = (long)id;
            }
        }

        return true;
    }

    /// <param name="writer">Where to.</param>
    /// <param name="ids">The id of each stream, or <see cref="Present"/> where the server does not know it.</param>
    /// <param name="since">
    /// Since when the client has been waiting for what streams bring that are left out; 0 to leave that out too.
    /// </param>
    public static void Write(TextWriter writer, ReadOnlySpan<ulong> ids, long since = 0)
    {
        writer.Write(Prefix);
        var first = true;
        for (var index = 0; index < ids.Length; index++)
        {
            if (ids[index] == Present)
            {
                continue;
            }

            WriteEntry(writer, index, ids[index], first);
            first = false;
        }

        if (since > 0)
        {
            WriteEntry(writer, SinceIndex, (ulong)since, first);
        }
    }

    private static void WriteEntry(TextWriter writer, int index, ulong id, bool isFirst)
    {
        if (!isFirst)
        {
            writer.Write('|');
        }

        if (index < 10)
        {
            writer.Write((char)('0' + index));
        }
        else
        {
            writer.Write(index.ToString(CultureInfo.InvariantCulture));
        }

        writer.Write(',');
        WriteHexadecimal(writer, id);
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
