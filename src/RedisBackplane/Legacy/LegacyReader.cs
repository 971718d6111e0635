using System.Diagnostics.CodeAnalysis;
using RedisBackplane.Wire;

namespace RedisBackplane.Legacy;

/// <summary><see cref="LegacyFrame"/> for a reader of all formats.</summary>
internal sealed class LegacyReader : IForeignReader
{
    public static readonly LegacyReader Instance = new();

    public bool IsOne(byte[] payload) => LegacyFrame.IsOne(payload);

    public bool TryRead(byte[] payload, out Frame frame, [NotNullWhen(false)] out string? reason) =>
        LegacyFrame.TryRead(payload, out frame, out reason);
}
