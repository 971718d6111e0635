namespace RedisBackplane.Delivery.Buffer;

/// <summary>
/// The search for older messages of one key, which gained a subscription that stands before what the index has of it.
/// Data of the <see cref="StreamBuffer"/>, but for <see cref="Found"/> while it runs.
/// </summary>
internal sealed class Backfill(KeyEntry entry, ulong after)
{
    public KeyEntry Entry { get; } = entry;

    /// <summary>
    /// Messages with a higher id are looked for; lowered by others that ask before the search begins.
    /// </summary>
    public ulong After { get; set; } = after;

    /// <summary>The index has the messages with a higher id; set when the search begins.</summary>
    public ulong Through { get; set; }

    public bool IsRunning { get; set; }

    /// <summary>Whose positions wait for it.</summary>
    public List<KeyLink> Waiters { get; } = [];

    /// <summary>
    /// What was found, in id order. The search fills it; then it is taken from the end, as it is put into the index.
    /// </summary>
    public List<FoundMessage> Found { get; } = [];

    /// <summary>The next search at the same time whose key has the same hash.</summary>
    public Backfill? NextSameHash { get; set; }
}

/// <summary>An older message that a search found, and where.</summary>
internal readonly record struct FoundMessage(ulong Id, int Index, int Offset, int SourceOffset, bool IsCommand);
