namespace RedisBackplane.Delivery;

/// <summary>
/// The search for older messages of one key, which gained a subscriber with an older cursor than the index reaches back for it.
/// Guarded by <see cref="StreamLog.Gate"/>, but for what the one scan that serves it alone touches.
/// </summary>
internal sealed class Backfill
{
    public Backfill(KeyEntry entry, ulong after)
    {
        Entry = entry;
        After = after;
    }

    public KeyEntry Entry { get; }

    /// <summary>Messages with a higher id are looked for; set lower by others that ask before the scan begins.</summary>
    public ulong After { get; set; }

    /// <summary>From this id on the index has them; set when the scan begins.</summary>
    public ulong Through { get; set; }

    public bool IsRunning { get; set; }

    public List<KeyLink> Waiters { get; } = [];

    /// <summary>What the scan found, in id order. Only the scan touches it.</summary>
    public List<FoundMessage> Found { get; } = [];

    /// <summary>The next search of the same scan whose key has the same hash.</summary>
    public Backfill? NextSameHash { get; set; }
}

/// <summary>An older message that a scan found, and where.</summary>
internal readonly record struct FoundMessage(ulong Id, int Index, int Offset, int SourceOffset);
