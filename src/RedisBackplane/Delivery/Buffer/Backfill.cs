namespace RedisBackplane.Delivery.Buffer;

/// <summary>
/// The search for older messages of one key. The key has a new subscription whose position is before the messages that
/// the index has. Data of the <see cref="StreamBuffer"/>, except for <see cref="Found"/> while the search runs.
/// </summary>
internal sealed class Backfill(KeyEntry entry, ulong after)
{
    public KeyEntry Entry { get; } = entry;

    /// <summary>
    /// The search looks for messages with a higher id. Other positions may lower it before the search begins.
    /// </summary>
    public ulong After { get; set; } = after;

    /// <summary>The index has the messages with a higher id; set when the search begins.</summary>
    public ulong Through { get; set; }

    public bool IsRunning { get; set; }

    /// <summary>The links whose positions wait for it.</summary>
    public List<KeyLink> Waiters { get; } = [];

    /// <summary>
    /// The messages that were found, in id order. The search fills it; the index then takes them from the end.
    /// </summary>
    public List<FoundMessage> Found { get; } = [];

    /// <summary>The next search at the same time whose key has the same hash.</summary>
    public Backfill? NextSameHash { get; set; }
}

/// <summary>An older message that a search found, and where.</summary>
internal readonly record struct FoundMessage(ulong Id, int Index, int Offset, int SourceOffset, bool IsCommand);
