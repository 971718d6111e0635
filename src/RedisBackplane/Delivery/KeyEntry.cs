namespace RedisBackplane.Delivery;

/// <summary>
/// A key that somebody here listens to, or did a moment ago: who listens, and where its messages are in the log. All but what is set at the
/// beginning is guarded by <see cref="StreamLog.Gate"/>.
/// </summary>
internal sealed class KeyEntry
{
    public KeyEntry(string key, byte[] utf8, uint hash)
    {
        Key = key;
        Utf8 = utf8;
        Hash = hash;
    }

    public string Key { get; }

    public byte[] Utf8 { get; }

    public uint Hash { get; }

    /// <summary>The next key in the same bucket of <see cref="KeyTable"/>.</summary>
    public KeyEntry? Next { get; set; }

    public List<KeyLink> Links { get; } = [];

    /// <summary>The key's messages that the log still holds, in id order.</summary>
    public Ring<Position> Positions { get; } = new();

    /// <summary>Every message of the key with a higher id was put into the index when it came, or has been since.</summary>
    public ulong IndexedAfter { get; set; }

    /// <summary>The highest id of the key's indexed messages that the log has dropped; 0 where there is none.</summary>
    public ulong DroppedThrough { get; set; }

    /// <summary>The first id of the last frame that held a message of the key: marks it once for each frame.</summary>
    public ulong LastFrame { get; set; }

    /// <summary>The search for older messages that is waiting or under way, if any.</summary>
    public Backfill? Backfill { get; set; }

    /// <summary>When it leaves the index if nobody has come back: a timestamp of the time provider.</summary>
    public long LingersUntil { get; set; }

    public bool IsInLingerQueue { get; set; }

    public bool IsRemoved { get; set; }

    /// <summary>It has a new message, in <see cref="LastFrame"/>: tells whoever listens.</summary>
    /// <param name="toWake">Receives the subscriptions that are to be woken.</param>
    public void MarkDirty(List<LogSubscription> toWake)
    {
        foreach (var link in Links)
        {
            var reader = link.Reader;
            reader.MarkDirty(link, LastFrame - 1);
            if (!reader.IsAwake)
            {
                reader.IsAwake = true;
                toWake.Add(reader.Subscription);
            }
        }
    }

    /// <summary>The first of <see cref="Positions"/> with a higher id; their count where there is none.</summary>
    public int FirstAfter(ulong id)
    {
        var low = 0;
        var high = Positions.Count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (Positions[middle].Id <= id)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
