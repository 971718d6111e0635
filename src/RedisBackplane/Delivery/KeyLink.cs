namespace RedisBackplane.Delivery;

/// <summary>One subscription's interest in one key of one stream. Guarded by <see cref="StreamLog.Gate"/>.</summary>
internal sealed class KeyLink
{
    public KeyLink(LogReader reader, KeyEntry entry)
    {
        Reader = reader;
        Entry = entry;
    }

    public LogReader Reader { get; }

    public KeyEntry Entry { get; }

    /// <summary>Its place in <see cref="KeyEntry.Links"/>.</summary>
    public int Index { get; set; }

    /// <summary>It is in the reader's list of links that may have messages to take.</summary>
    public bool IsDirty { get; set; }

    public KeyLink? NextDirty { get; set; }

    /// <summary>The same subscription's interest in the same key of the next stream. Guarded by the subscription.</summary>
    public KeyLink? NextStream { get; set; }

    /// <summary>It waits for the search of older messages of its key.</summary>
    public bool IsWaiting { get; set; }

    public bool IsRemoved { get; set; }
}
