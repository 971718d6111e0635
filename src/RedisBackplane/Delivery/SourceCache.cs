using System.Text;

namespace RedisBackplane.Delivery;

/// <summary>
/// The strings of sources that messages lately had. A source is the connection or context that sent a message: few send many, and each
/// would else be a new string. Not thread-safe.
/// </summary>
internal sealed class SourceCache
{
    private const int Places = 64;

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

        // Sources are random identifiers: any of their bytes tell them apart well enough for a cache.
        var last = utf8.Length - 1;
        ref var place = ref _sources[(utf8[0] + (utf8[last] * 7) + (utf8[last / 2] * 31)) % Places];
        if (place is null || !Matches(place, utf8))
        {
            place = Encoding.UTF8.GetString(buffer, offset, utf8.Length);
        }

        return place;
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
