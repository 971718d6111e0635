namespace RedisBackplane.Redis.Scripts;

/// <summary>
/// Which Redis gives the ids of a stream, and since when: what <c>recognize.lua</c> answers. A call in another epoch is refused and changes
/// nothing (<c>fence.lua</c>), so that ids of two counters are never compared.
/// </summary>
/// <param name="Name">
/// Unique for each time that a Redis took over; empty where Redis does not say who it is, and nothing is refused.
/// </param>
/// <param name="KeepsScripts">
/// Redis keeps the texts of scripts to itself: a replica that takes over from it knows none of them. Else each call has to prove where it
/// is.
/// </param>
internal sealed record Epoch(string Name, bool KeepsScripts)
{
    public static readonly Epoch None = new(string.Empty, true);
}
