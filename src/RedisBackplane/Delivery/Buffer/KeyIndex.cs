using System.Buffers;
using RedisBackplane.Delivery.Subscriptions;
using RedisBackplane.Timing;
using RedisBackplane.Wire;

namespace RedisBackplane.Delivery.Buffer;

/// <summary>
/// The keys of one stream that subscriptions of this server follow, or followed recently. Keys are compared ordinally,
/// as the topics of SignalR's own bus are. Part of the data of the <see cref="StreamBuffer"/>.
/// </summary>
internal sealed class KeyIndex(DeliveryContext context, DeliveryLimits limits, FrameStore frames)
{
    private readonly SipHash _hash = context.Hash;
    private readonly TimeProvider _time = context.Time;
    private readonly DeliveryCounters _counters = context.Counters;
    private readonly KeyTable _table = new();
    private readonly Queue<(KeyEntry Entry, long Due)> _lingering = new();

    public uint Hash(ReadOnlySpan<byte> utf8) => (uint)_hash.Compute(utf8);

    public KeyEntry? Find(uint hash, ReadOnlySpan<byte> utf8) => _table.Find(hash, utf8);

    public KeyLink Follow(SubscriptionPosition position, string key)
    {
        var entry = GetOrAdd(key);
        var link = new KeyLink(position, entry);
        entry.Add(link);
        return link;
    }

    /// <summary>
    /// A subscription stops following a key. After the last one, the entry of the key is kept for a while.
    /// </summary>
    public void Unfollow(KeyLink link)
    {
        if (link.IsRemoved)
        {
            return;
        }

        link.Entry.Remove(link);
        link.IsRemoved = true;
        if (link.Entry.Followers == 0 && !link.Entry.IsRemoved)
        {
            Linger(link.Entry);
        }

        if (link.IsAwaited)
        {
            link.Position.EndBackfill(link);
        }
    }

    /// <summary>
    /// Sets the id after which the buffer holds messages. Which messages the keys had before it is not known.
    /// </summary>
    public void Begin(ulong lastId)
    {
        frames.Begin(lastId);
        foreach (var entry in _table.ToList())
        {
            entry.CompleteAfter = lastId;
        }
    }

    public List<BackplaneSubscription> FollowersOf(string key)
    {
        var followers = new List<BackplaneSubscription>();
        Look(key, out _, out _)?.AddFollowers(followers);
        return followers;
    }

    /// <summary>
    /// Removes entries that were kept long enough after their last follower, and the oldest ones beyond the limit.
    /// </summary>
    /// <returns>Whether there may be more to remove.</returns>
    public bool Sweep(int atMost)
    {
        var now = _time.GetTimestamp();
        for (var looked = 0; looked < atMost; looked++)
        {
            if (_lingering.Count == 0)
            {
                return false;
            }

            var (entry, due) = _lingering.Peek();
            var isCrowded = _lingering.Count > limits.MaxLingeringKeys;
            if (now < due && !isCrowded)
            {
                return false;
            }

            _lingering.Dequeue();
            entry.IsInLingerQueue = false;
            if (entry.Followers > 0)
            {
                continue;
            }

            if (now < entry.LingersUntil && !isCrowded)
            {
                // Since then, the key has been followed and left again.
                Enqueue(entry);
            }
            else
            {
                Remove(entry);
            }
        }

        return true;
    }

    public void Clear()
    {
        foreach (var entry in _table.ToList())
        {
            entry.IsRemoved = true;
        }

        _counters.IndexedKeysChanged(-_table.Count);
        _table.Clear();
        _lingering.Clear();
    }

    /// <summary>Returns the entry of a key, and creates it if there is none.</summary>
    private KeyEntry GetOrAdd(string key)
    {
        if (Look(key, out var bytes, out var hash) is { } known)
        {
            return known;
        }

        var entry = new KeyEntry(key, bytes, hash) { CompleteAfter = frames.Watermark };
        _table.Add(entry);
        _counters.IndexedKeysChanged(1);
        return entry;
    }

    /// <param name="bytes">If there is no entry, receives the key as bytes, as frames hold it.</param>
    private KeyEntry? Look(string key, out byte[] bytes, out uint hash)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(WireText.MaxBytes(key.Length));
        var written = buffer.AsSpan(0, WireText.Write(key, buffer, 0));
        hash = Hash(written);
        var entry = _table.Find(hash, written);
        bytes = entry is null ? written.ToArray() : [];
        ArrayPool<byte>.Shared.Return(buffer);
        return entry;
    }

    private void Linger(KeyEntry entry)
    {
        entry.LingersUntil = _time.GetTimestamp() + _time.Timestamp(limits.KeyLinger);
        if (!entry.IsInLingerQueue)
        {
            Enqueue(entry);
        }
    }

    private void Enqueue(KeyEntry entry)
    {
        entry.IsInLingerQueue = true;
        _lingering.Enqueue((entry, entry.LingersUntil));
    }

    private void Remove(KeyEntry entry)
    {
        frames.Release(entry);
        _table.Remove(entry);
        _counters.IndexedKeysChanged(-1);
        entry.IsRemoved = true;
    }
}
