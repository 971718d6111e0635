namespace RedisBackplane.Streams;

/// <summary>
/// The id up to which this server has received a stream, and the id at which the ids last restarted. Together they
/// prove that Redis has not lost its memory in between. One caller at a time changes it; any thread may read it.
/// </summary>
internal sealed class ReceivedRun
{
    private readonly HighestId _last = new();
    private readonly HighestId _begun = new();

    /// <summary>Whether anything was received. A server that only sends receives nothing.</summary>
    public bool IsAny => _last.Value > 0;

    /// <summary>The ids restart with this one. Call it before <see cref="Reach"/>.</summary>
    public void Begin(ulong id) => _begun.Raise(id);

    /// <summary>Every message up to this id was received, or is known to be missing.</summary>
    public void Reach(ulong id) => _last.Raise(id);

    /// <summary>Whether every message up to an id was received.</summary>
    public bool Reaches(ulong id) => _last.Value >= id;

    /// <summary>Whether the ids have not restarted since this one.</summary>
    public bool IsUnbrokenSince(ulong id) => _begun.Value <= id;
}
