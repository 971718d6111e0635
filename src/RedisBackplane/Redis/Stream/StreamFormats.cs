using RedisBackplane.Legacy;
using RedisBackplane.Wire;

namespace RedisBackplane.Redis.Stream;

/// <summary>
/// Which formats there are: the one place that names the room of the older package's. Without that room and the two
/// mentions here, the library compiles (tests/without-legacy.sh).
/// </summary>
internal static class StreamFormats
{
    /// <summary>What a server writes.</summary>
    public static IStreamFormat Of(WireFormat format) => format switch
    {
        WireFormat.Legacy => LegacyFormat.Instance,
        _ => CurrentFormat.Instance,
    };

    /// <summary>Reads all formats; for the payloads of one subscription or one page of the history.</summary>
    public static FrameAssembly CreateAssembly() => new(
        LegacyReader.Instance);
}
