using System.Buffers.Binary;
using RedisBackplane.Wire;

namespace RedisBackplane.Delivery.Buffer;

/// <summary>
/// The source strings of recent messages. A source is the connection or context that sent a message. Few sources send
/// many messages, and without the cache each message would create a new string. Thread-safe without a lock: if two
/// threads write one place at the same time, one entry is lost and nothing else.
/// </summary>
internal sealed class SourceCache
{
    /// <summary>Enough for the senders of a large farm. With the strings, it is less than 1 MB.</summary>
    private const int Places = 8192;

    /// <summary>SignalR's own sources have 36 characters. Longer ones are not cached.</summary>
    private const int MaxLength = 64;

    private readonly string?[] _sources = new string?[Places];

    public string Get(ReadOnlySpan<byte> utf8, byte[] buffer, int offset)
    {
        if (utf8.IsEmpty)
        {
            return string.Empty;
        }

        if (utf8.Length > MaxLength)
        {
            return WireText.Read(buffer, offset, utf8.Length);
        }

        // Each source has two places. The one that was used last comes first.
        var place = (int)(Hash(utf8) % Places) & ~1;
        var first = Volatile.Read(ref _sources[place]);
        if (first is not null && Matches(first, utf8))
        {
            return first;
        }

        var second = Volatile.Read(ref _sources[place + 1]);
        var found = second is not null && Matches(second, utf8) ? second : WireText.Read(buffer, offset, utf8.Length);
        Volatile.Write(ref _sources[place + 1], first);
        Volatile.Write(ref _sources[place], found);
        return found;
    }

    private static uint Hash(ReadOnlySpan<byte> utf8)
    {
        var hash = 0UL;
        while (utf8.Length >= 8)
        {
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(utf8));
            utf8 = utf8.Slice(8);
        }

        foreach (var value in utf8)
        {
            hash = Mix(hash ^ value);
        }

        return (uint)(hash >> 32);
    }

    /// <summary>
    /// Mixes the high bits into the low ones. A product alone would keep a difference in the high bits there.
    /// </summary>
    private static ulong Mix(ulong value)
    {
        value *= 0x9E3779B97F4A7C15;
        return value ^ (value >> 29);
    }

    /// <summary>
    /// Whether the bytes are those of a string of ASCII characters. Other strings are never matched: they are read each
    /// time.
    /// </summary>
    private static bool Matches(string source, ReadOnlySpan<byte> utf8)
    {
        if (source.Length != utf8.Length)
        {
            return false;
        }

        for (var i = 0; i < source.Length; i++)
        {
            if (source[i] != utf8[i] || utf8[i] >= 0x80)
            {
                return false;
            }
        }

        return true;
    }
}
