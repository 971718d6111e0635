namespace RedisBackplane.Streams;

/// <summary>
/// Up to which id this server has received a stream, and where the ids last began again: proof that Redis has not lost
/// its memory in between. One caller at a time changes it; anyone reads it.
/// </summary>
internal sealed class ReceivedRun
{
    private readonly HighestId _last = new();
    private readonly HighestId _begun = new();

    /// <summary>Whether anything was received; a server that only sends receives nothing.</summary>
    public bool IsAny => _last.Value > 0;

    /// <summary>The ids begin again with this one; to be called before <see cref="Reach"/>.</summary>
    public void Begin(ulong id) => _begun.Raise(id);

    /// <summary>All ids up to this one are accounted for.</summary>
    public void Reach(ulong id) => _last.Raise(id);

    /// <summary>Whether everything up to an id was received.</summary>
    public bool Reaches(ulong id) => _last.Value >= id;

    /// <summary>Whether the ids went on from one to what was received last, without beginning again.</summary>
    public bool IsUnbrokenSince(ulong id) => _begun.Value <= id;
}
