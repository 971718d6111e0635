namespace RedisBackplane.Delivery.Buffer;

/// <summary>A hash table from a key's UTF-8 bytes in a frame to its entry. Not thread-safe.</summary>
internal sealed class KeyTable
{
    private const int MinBuckets = 16;

    private KeyEntry?[] _buckets = new KeyEntry?[MinBuckets];

    public int Count { get; private set; }

    public KeyEntry? Find(uint hash, ReadOnlySpan<byte> utf8)
    {
        var entry = _buckets[hash & (uint)(_buckets.Length - 1)];
        while (entry is not null && (entry.Hash != hash || !utf8.SequenceEqual(entry.Utf8)))
        {
            entry = entry.Next;
        }

        return entry;
    }

    public void Add(KeyEntry entry)
    {
        if (Count == _buckets.Length)
        {
            Resize(_buckets.Length * 2);
        }

        Insert(entry);
        Count++;
    }

    public void Remove(KeyEntry entry)
    {
        ref var place = ref _buckets[entry.Hash & (uint)(_buckets.Length - 1)];
        if (place == entry)
        {
            place = entry.Next;
        }
        else
        {
            var before = place;
            while (before is not null && before.Next != entry)
            {
                before = before.Next;
            }

            if (before is null)
            {
                return;
            }

            before.Next = entry.Next;
        }

        entry.Next = null;
        Count--;
        if (_buckets.Length > MinBuckets && Count < _buckets.Length / 8)
        {
            Resize(_buckets.Length / 4);
        }
    }

    public void Clear()
    {
        _buckets = new KeyEntry?[MinBuckets];
        Count = 0;
    }

    public List<KeyEntry> ToList()
    {
        var entries = new List<KeyEntry>(Count);
        foreach (var first in _buckets)
        {
            for (var entry = first; entry is not null; entry = entry.Next)
            {
                entries.Add(entry);
            }
        }

        return entries;
    }

    private void Resize(int buckets)
    {
        var entries = ToList();
        _buckets = new KeyEntry?[Math.Max(MinBuckets, buckets)];
        foreach (var entry in entries)
        {
            Insert(entry);
        }
    }

    private void Insert(KeyEntry entry)
    {
        ref var place = ref _buckets[entry.Hash & (uint)(_buckets.Length - 1)];
        entry.Next = place;
        place = entry;
    }
}
