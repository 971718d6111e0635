using RedisBackplane.Delivery.Subscriptions;
using RedisBackplane.Wire;

namespace RedisBackplane.Delivery.Buffer;

/// <summary>
/// Matches the keys of a frame with the index before the frame is stored: the hash of every key, and the messages whose
/// key is in the index. The result is valid as long as no key joins or leaves the index. Not thread-safe.
/// </summary>
internal sealed class KeyMatcher(KeyIndex index)
{
    /// <summary>A frame with more messages is rare. Its memory is released afterwards.</summary>
    private const int MaxKept = 8192;

    /// <summary>From a frame of this size or less, messages are never copied.</summary>
    private const int MaxDense = 4096;

    /// <summary>From a larger frame, messages are copied if less than this part of it has local subscribers.</summary>
    private const int SparsePart = 4;

    private uint[] _hashes = [];
    private IndexedMessage[] _heard = [];
    private int _count;
    private int _heardCount;

    public ReadOnlySpan<uint> Hashes => _hashes.AsSpan(0, _count);

    public ReadOnlySpan<IndexedMessage> Heard => _heard.AsSpan(0, _heardCount);

    /// <inheritdoc cref="StoredFrame.IsSparse"/>
    public bool IsSparse { get; private set; }

    public void Match(in Frame frame)
    {
        if (_hashes.Length < frame.Header.Count)
        {
            _hashes = new uint[Math.Max(frame.Header.Count, 2 * _hashes.Length)];
        }

        long heardBytes = 0;
        var messages = frame.EnumerateKeys();
        while (messages.MoveNext())
        {
            var key = messages.Key;
            var hash = index.Hash(key);
            var place = _count++;
            _hashes[place] = hash;
            if (index.Find(hash, key) is { } entry)
            {
                heardBytes += messages.Length;
                AddHeard() = new IndexedMessage
                {
                    Entry = entry,
                    Offset = messages.Offset,
                    SourceOffset = messages.SourceOffset,
                    Index = place,
                    IsCommand = messages.IsCommand,
                };
            }
        }

        IsSparse = frame.Buffer.Length > MaxDense && heardBytes * SparsePart < frame.Buffer.Length;
    }

    /// <summary>Notifies the followers of the keys in the frame, each key once.</summary>
    /// <param name="watermark">The highest id before the frame.</param>
    public void Notify(in FrameHeader header, ulong watermark, List<BackplaneSubscription> toWake)
    {
        foreach (ref readonly var heard in Heard)
        {
            var entry = heard.Entry!;
            if (entry.LastFrame != header.FirstId)
            {
                entry.LastFrame = header.FirstId;
                entry.Notify(watermark, header.LastId, toWake);
            }
        }
    }

    public void Clear()
    {
        Array.Clear(_heard, 0, _heardCount);
        _count = 0;
        _heardCount = 0;
        if (_hashes.Length > MaxKept)
        {
            _hashes = [];
        }

        if (_heard.Length > MaxKept)
        {
            _heard = [];
        }
    }

    private ref IndexedMessage AddHeard()
    {
        if (_heardCount == _heard.Length)
        {
            Array.Resize(ref _heard, Math.Max(16, _heardCount * 2));
        }

        return ref _heard[_heardCount++];
    }
}
