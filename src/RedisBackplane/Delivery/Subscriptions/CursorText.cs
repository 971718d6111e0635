using System.Globalization;

namespace RedisBackplane.Delivery.Subscriptions;

/// <summary>
/// The text that a SignalR client keeps as its place: <c>s-0,1F|1,2A</c>, an index and an id in hexadecimal for each
/// stream. This is the form of SignalR's own scale-out buses, so that clients keep their place when a farm changes to
/// this bus or back.
/// </summary>
/// <remarks>
/// <para>
/// A server that does not know the last id of a stream yet leaves the stream out: an invented id would send the client
/// through the whole log of another server. Instead it adds since when the client has been waiting for such streams, as
/// <c>99999,2A</c>: microseconds since the Unix epoch under an index that no stream has, which older versions ignore.
/// SignalR's own bus writes the maximum of a u64 instead of an id. That is read as "new messages only" and never
/// written.
/// </para>
/// <para>
/// If a stream is left out without such a time, the server that wrote the cursor did not read the stream, because the
/// farm had fewer streams then. A server of a farm with more streams sends nothing on the new ones before every other
/// server reads them. So the client has missed everything in them.
/// </para>
/// <para>
/// Clients send cursors back, so any text can arrive. Reading never throws. It takes time proportional to the text, of
/// which only a limited part is read. A text in another form is no cursor: the client then gets new messages only.
/// </para>
/// </remarks>
internal static class CursorText
{
    /// <summary>In place of an id: new messages only.</summary>
    public const ulong Present = ulong.MaxValue;

    /// <summary>More streams than a farm can have. Further ones in a cursor are ignored.</summary>
    public const int MaxStreams = RedisBackplaneOptions.MaxStreamCount;

    /// <summary>Longer than any valid cursor of a farm.</summary>
    private const int MaxLength = 16 * 1024;

    private const int SinceIndex = 99999;
    private const int MaxIndexDigits = 5;
    private const int MaxIdDigits = 16;
    private const string Prefix = "s-";

    /// <param name="ids">
    /// Receives an id for each stream, at most <see cref="MaxStreams"/>; <see cref="Present"/> for a stream that the
    /// cursor does not name.
    /// </param>
    /// <param name="named">
    /// Receives a bit for each stream that the cursor names; the lowest bit is the first stream.
    /// </param>
    /// <param name="since">
    /// Receives since when the client has been waiting for streams that the cursor does not name, in microseconds since
    /// the Unix epoch; 0 if the cursor does not say it.
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

    /// <param name="ids">The id of each stream, or <see cref="Present"/> if the server does not know it.</param>
    /// <param name="since">
    /// Since when the client has been waiting for streams that are left out; 0 to leave that out too.
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

    /// <summary>Reads an id and the bar after it, which must be followed by another stream.</summary>
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
