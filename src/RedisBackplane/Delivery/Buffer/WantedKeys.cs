using RedisBackplane.Wire;

namespace RedisBackplane.Delivery.Buffer;

/// <summary>The keys that one scan of the buffer looks for. Not thread-safe.</summary>
internal sealed class WantedKeys
{
    private const int FilterBits = 1 << 16;

    // Rejects nearly all messages of other keys with one comparison.
    private readonly ulong[] _filter = new ulong[FilterBits / 64];
    private readonly Dictionary<uint, Backfill> _byHash;

    public WantedKeys(List<Backfill> backfills)
    {
        _byHash = new Dictionary<uint, Backfill>(backfills.Count);
        foreach (var backfill in backfills)
        {
            var hash = backfill.Entry.Hash;
            _byHash.TryGetValue(hash, out var same);
            backfill.NextSameHash = same;
            _byHash[hash] = backfill;
            _filter[(hash % FilterBits) / 64] |= 1UL << (int)(hash % 64);
        }
    }

    public bool MayContain(uint hash) =>
        (_filter[(hash % FilterBits) / 64] & (1UL << (int)(hash % 64))) != 0 && _byHash.ContainsKey(hash);

    /// <summary>Keeps a message if a search wants its key and its id.</summary>
    public void Offer(uint hash, ulong id, int index, in FrameKeyEnumerator message)
    {
        for (var backfill = _byHash[hash]; backfill is not null; backfill = backfill.NextSameHash)
        {
            if (id > backfill.After && id <= backfill.Through && message.Key.SequenceEqual(backfill.Entry.Utf8))
            {
                backfill.Found.Add(new FoundMessage(id, index, message.Offset, message.SourceOffset, message.IsCommand));
            }
        }
    }
}
