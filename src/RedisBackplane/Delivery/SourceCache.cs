using System.Buffers.Binary;
using System.Text;

namespace RedisBackplane.Delivery;

/// <summary>
/// The strings of sources that messages lately had. A source is the connection or context that sent a message: few send many, and each
/// would else be a new string. Not thread-safe.
/// </summary>
internal sealed class SourceCache
{
    /// <summary>As many as the senders of a large farm; with their strings, less than 1 MB.</summary>
    private const int Places = 8192;

    /// <summary>SignalR's own are 36 characters; what is longer is somebody's own and not kept.</summary>
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
            return Encoding.UTF8.GetString(buffer, offset, utf8.Length);
        }

        ref var place = ref _sources[Hash(utf8) % Places];
        if (place is null || !Matches(place, utf8))
        {
            place = Encoding.UTF8.GetString(buffer, offset, utf8.Length);
        }

        return place;
    }

    private static uint Hash(ReadOnlySpan<byte> utf8)
    {
        var hash = 0UL;
        while (utf8.Length > 8)
        {
            hash = (hash ^ BinaryPrimitives.ReadUInt64LittleEndian(utf8)) * 0x9E3779B97F4A7C15;
            utf8 = utf8.Slice(8);
        }

        foreach (var value in utf8)
        {
            hash = (hash ^ value) * 0x9E3779B97F4A7C15;
        }

        return (uint)(hash >> 32);
    }

    /// <summary>Whether a string of ASCII characters has these bytes; another string is read anew each time.</summary>
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
