using RedisBackplane.Wire;

namespace RedisBackplane.Delivery.Buffer;

/// <summary>
/// A copied part of the buffer, which can be searched without its lock: references to frames, whose bytes never change,
/// and the hash of each message's key. Not thread-safe.
/// </summary>
internal sealed class FrameSegment
{
    private const int MaxFrames = 1024;
    private const int MaxMessages = 8192;

    private readonly Part[] _parts = new Part[MaxFrames];
    private uint[] _hashes = new uint[MaxMessages];
    private int _partCount;
    private int _hashCount;

    public int Messages => _hashCount;

    public void Clear()
    {
        Array.Clear(_parts, 0, _partCount);
        _partCount = 0;
        _hashCount = 0;
    }

    /// <summary>Adds a frame, starting with one of its messages.</summary>
    /// <returns>How many of its messages fit; the caller adds a hash for each.</returns>
    public int Add(in StoredFrame frame, int first)
    {
        var count = Math.Min(frame.Count - first, MaxMessages - _hashCount);
        if (frame.HasOneId && count < frame.Count && _partCount == 0)
        {
            // Messages that share an id are searched together, even if there are many.
            count = frame.Count;
            Array.Resize(ref _hashes, count);
        }

        if (_partCount == MaxFrames || count <= 0 || (frame.HasOneId && count < frame.Count))
        {
            return 0;
        }

        _parts[_partCount++] = new Part(frame.Bytes, frame.FirstId, frame.HasOneId, first, count);
        return count;
    }

    public void AddHash(uint hash) => _hashes[_hashCount++] = hash;

    /// <summary>Offers the messages whose key may be one of the wanted keys.</summary>
    public void Search(WantedKeys wanted)
    {
        var hashes = _hashes.AsSpan();
        foreach (ref readonly var part in _parts.AsSpan(0, _partCount))
        {
            Search(part, hashes.Slice(0, part.Count), wanted);
            hashes = hashes.Slice(part.Count);
        }
    }

    private static void Search(in Part part, ReadOnlySpan<uint> hashes, WantedKeys wanted)
    {
        var keys = default(FrameKeyEnumerator);
        var read = -1;
        for (var i = 0; i < hashes.Length; i++)
        {
            if (!wanted.MayContain(hashes[i]))
            {
                continue;
            }

            if (read < 0)
            {
                keys = Frame.EnumerateKeys(part.Bytes);
            }

            var message = part.First + i;
            for (; read < message; read++)
            {
                _ = keys.MoveNext();
            }

            wanted.Offer(hashes[i], part.HasOneId ? part.FirstId : part.FirstId + (ulong)message, message, keys);
        }
    }

    private readonly record struct Part(byte[] Bytes, ulong FirstId, bool HasOneId, int First, int Count);
}
