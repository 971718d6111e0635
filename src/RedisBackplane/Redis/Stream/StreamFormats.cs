using RedisBackplane.Legacy;
using RedisBackplane.Wire;

namespace RedisBackplane.Redis.Stream;

/// <summary>
/// Chooses the format. Only this type refers to the room of the older package's format: without that room and the two
/// references here, the library compiles (tests/without-legacy.sh).
/// </summary>
internal static class StreamFormats
{
    /// <summary>The format in which a server writes.</summary>
    public static IStreamFormat Of(WireFormat format) => format switch
    {
        WireFormat.Legacy => LegacyFormat.Instance,
        _ => CurrentFormat.Instance,
    };

    /// <summary>
    /// Creates an assembly that reads all formats, for the payloads of one subscription or one page of the history.
    /// </summary>
    public static FrameAssembly CreateAssembly() => new(LegacyFrame.Instance);
}
