using System.Globalization;

namespace RedisBackplane.Redis.Scripts;

/// <summary>
/// Which Redis gives the ids of a stream, and since when: the answer of <c>recognize.lua</c>. In another epoch, a call
/// is refused and changes nothing (<c>fence.lua</c>), so that ids of two counters are never compared.
/// </summary>
/// <param name="Name">
/// Unique for each time that a Redis took over; empty if Redis does not report its identity. Then nothing is refused.
/// </param>
/// <param name="KeepsScripts">
/// Whether Redis does not copy the texts of scripts to replicas, so that a replica that takes over knows none of them.
/// Otherwise each call has to verify the Redis.
/// </param>
internal sealed record Epoch(string Name, bool KeepsScripts)
{
    public static readonly Epoch None = new(string.Empty, true);

    private const int Parts = 4;
    private readonly string[] _parts = Name.Split(':');

    /// <summary>
    /// Whether a text can be a name, or none. Somebody else may have written it, and a name becomes a part of a script.
    /// </summary>
    public static bool IsName(string? text) =>
        text is null || text.All(static c => c is (>= '0' and <= '9') or (>= 'A' and <= 'Z') or (>= 'a' and <= 'z') or ':');

    /// <summary>
    /// The last id that its Redis had when the epoch began; <see langword="null"/> if the name does not contain it. All
    /// ids of the epoch are above it.
    /// </summary>
    public ulong? EndedBefore =>
        _parts.Length == Parts && ulong.TryParse(_parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;

    /// <summary>
    /// Whether its Redis continued after another epoch. Otherwise there was a further epoch in between, or the Redis of
    /// that epoch lacks what this one has.
    /// </summary>
    public bool Follows(Epoch other) => _parts.Length == Parts && _parts[2] == other._parts[other._parts.Length - 1];

    public bool Equals(Epoch? other) => other is not null && Name == other.Name && KeepsScripts == other.KeepsScripts;

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Name);
}
