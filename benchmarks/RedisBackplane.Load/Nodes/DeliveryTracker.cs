using System.Diagnostics;
using HdrHistogram;

namespace RedisBackplane.Load.Nodes;

/// <summary>
/// Checks what one connection receives: each lane's messages must arrive once, in order, without gaps. Deliveries to
/// one connection are sequential; afterwards another thread may read the totals.
/// </summary>
internal sealed class DeliveryTracker
{
    private readonly long[] _next;
    private readonly HashSet<(int Index, long Sequence)> _missing = [];
    private readonly HistogramBase? _latency;
    private long _now;
    private long _delivered;

    /// <summary>Makes a tracker.</summary>
    /// <param name="keyNumber">The key that the connection listens to.</param>
    /// <param name="key">Its name.</param>
    /// <param name="keys">The number of keys: lane n uses key n % keys.</param>
    /// <param name="lanes">Lanes in all.</param>
    /// <param name="latency">Receives the nanoseconds from when a message was due to its delivery; thread-safe.</param>
    public DeliveryTracker(int keyNumber, string key, int keys, int lanes, HistogramBase? latency)
    {
        KeyNumber = keyNumber;
        Key = key;
        Keys = keys;
        _latency = latency;
        _next = new long[keyNumber < keys ? (lanes - keyNumber + keys - 1) / keys : 0];
    }

    public int KeyNumber { get; }

    public string Key { get; }

    public int Keys { get; }

    public long Delivered => Volatile.Read(ref _delivered);

    public long Duplicated { get; private set; }

    public long OutOfOrder { get; private set; }

    public long LastDeliveryAt => Volatile.Read(ref _now);

    /// <summary>Call it before the messages of one delivery.</summary>
    public void BeginDelivery() => Volatile.Write(ref _now, Stopwatch.GetTimestamp());

    public void Record(ReadOnlySpan<byte> value)
    {
        var payload = Payload.Read(value);
        var index = payload.Lane / Keys;
        ref var next = ref _next[index];
        if (payload.Sequence == next)
        {
            next++;
        }
        else
        {
            RecordOutOfTurn(index, payload.Sequence, ref next);
        }

        Volatile.Write(ref _delivered, _delivered + 1);
        _latency?.RecordValue(Math.Max(1, _now - payload.DueAt));
    }

    /// <summary>The number of deliveries that the messages sent so far must cause.</summary>
    public long Expected(ReadOnlySpan<int> sentPerLane)
    {
        var expected = 0L;
        for (var index = 0; index < _next.Length; index++)
        {
            expected += sentPerLane[KeyNumber + (index * Keys)];
        }

        return expected;
    }

    /// <summary>Messages that were sent and never delivered. Nothing may be in transit.</summary>
    public long Lost(ReadOnlySpan<int> sentPerLane)
    {
        var lost = (long)_missing.Count;
        for (var index = 0; index < _next.Length; index++)
        {
            lost += sentPerLane[KeyNumber + (index * Keys)] - _next[index];
        }

        return lost;
    }

    private void RecordOutOfTurn(int index, long sequence, ref long next)
    {
        if (sequence > next)
        {
            for (; next < sequence; next++)
            {
                _missing.Add((index, next));
            }

            next++;
        }
        else if (_missing.Remove((index, sequence)))
        {
            OutOfOrder++;
        }
        else
        {
            Duplicated++;
        }
    }
}
