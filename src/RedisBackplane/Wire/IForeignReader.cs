using System.Diagnostics.CodeAnalysis;

namespace RedisBackplane.Wire;

/// <summary>Reads payloads of a format other than the library's own. Thread-safe.</summary>
internal interface IForeignReader
{
    /// <summary>Whether bytes begin like a payload of this format, and unlike a frame.</summary>
    bool IsOne(byte[] payload);

    /// <summary>Reads a payload and puts its messages into a frame.</summary>
    /// <param name="payload">The received bytes; not kept.</param>
    /// <param name="reason">Why the bytes are no payload, as text for a log; otherwise <see langword="null"/>.</param>
    bool TryRead(byte[] payload, out Frame frame, [NotNullWhen(false)] out string? reason);
}
