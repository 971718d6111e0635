using System.Buffers;
using RedisBackplane.Diagnostics;
using RedisBackplane.Wire;

namespace RedisBackplane.Delivery;

/// <summary>
/// The frames of one stream in id order, bounded by count and bytes; the oldest go first, and the newest always stays. Not thread-safe:
/// guarded by <see cref="StreamLog.Gate"/>.
/// </summary>
internal sealed class FrameLog
{
    /// <summary>What a frame takes besides its bytes: its place in the log, the array's header.</summary>
    private const int FrameOverhead = 120;

    /// <summary>What an indexed message takes in a frame and under its key.</summary>
    private const int HeardOverhead = 48;

    /// <summary>What a message takes that is kept as an object, its strings aside.</summary>
    private const int SharedOverhead = 96;

    /// <summary>Longer arrays of heard messages are rented; shorter ones would waste most of the smallest that the pool gives.</summary>
    private const int MaxOwnArray = 16;

    private readonly DeliveryCounters _counters;
    private readonly Ring<LogFrame> _frames = new();
    private readonly Ring<uint> _hashes = new();
    private long _firstNumber;
    private long _firstOrdinal;

    public FrameLog(DeliveryLimits limits, DeliveryCounters counters)
    {
        Limits = limits;
        _counters = counters;
    }

    /// <summary>What it may hold; heeded at the next <see cref="Trim"/>.</summary>
    public DeliveryLimits Limits { get; set; }

    /// <summary>The log holds every message with a higher id.</summary>
    public ulong Floor { get; private set; }

    /// <summary>The highest id that was received.</summary>
    public ulong Watermark { get; private set; }

    /// <summary>Nothing was ever appended or dropped.</summary>
    public bool IsEmpty => _frames.Count == 0 && _firstNumber == 0;

    public int FrameCount => _frames.Count;

    public int MessageCount => _hashes.Count;

    public long Bytes { get; private set; }

    /// <summary>Messages since the log began.</summary>
    public long AppendedMessages => _firstOrdinal + _hashes.Count;

    /// <summary>Bytes since the log began, as they were accounted when they came.</summary>
    public long AppendedBytes { get; private set; }

    /// <summary>The send time of the newest frame, in microseconds since the Unix epoch; 0 before the first.</summary>
    public long LastSentAtMicroseconds { get; private set; }

    public ref LogFrame this[int index] => ref _frames[index];

    /// <summary>The number of a message in its frame: what orders messages that share an id.</summary>
    public int IndexOf(Position position) => At(position).Heard[position.Place].Index;

    public ref LogFrame At(Position position) => ref _frames[position.Frame - (int)_firstNumber];

    /// <summary>The hash of the key of a message in a frame.</summary>
    public uint HashAt(in LogFrame frame, int message) => _hashes[(int)(frame.FirstOrdinal - _firstOrdinal) + message];

    public void Begin(ulong lastId)
    {
        Floor = lastId;
        Watermark = lastId;
    }

    /// <summary>Nothing more will come up to this id.</summary>
    public void Raise(ulong lastId) => Watermark = Math.Max(Watermark, lastId);

    /// <summary>Adds a frame whose first id is above the watermark, and puts its heard messages into the index.</summary>
    public void Append(in Frame frame, ReadOnlySpan<uint> hashes, ReadOnlySpan<HeardMessage> heard, bool isSparse)
    {
        var header = frame.Header;
        var places = heard.IsEmpty ? [] : NewHeard(heard.Length);
        heard.CopyTo(places);
        var number = (int)(_firstNumber + _frames.Count);
        ref var added = ref _frames.AddLast();
        added = new LogFrame
        {
            Buffer = frame.Buffer,
            FirstId = header.FirstId,
            Count = header.Count,
            HasOneId = header.HasOneId,
            SentAtMicroseconds = header.SentAtMicroseconds,
            FirstOrdinal = AppendedMessages,
            StartByte = AppendedBytes,
            IsSparse = isSparse,
            Heard = places,
            HeardCount = heard.Length,
        };
        var beside = FrameOverhead + ((long)header.Count * sizeof(uint)) + ((long)places.Length * HeardOverhead);
        Charge(ref added, frame.Buffer.Length + beside);
        AppendedBytes += frame.Buffer.Length + beside;
        foreach (var hash in hashes)
        {
            _hashes.AddLast() = hash;
        }

        for (var i = 0; i < heard.Length; i++)
        {
            heard[i].Entry!.Positions.AddLast() = new Position(header.IdOf(heard[i].Index), number, i);
        }

        _counters.LogChanged(header.Count);
        LastSentAtMicroseconds = header.SentAtMicroseconds;
        Watermark = header.LastId;
    }

    /// <summary>Drops the oldest frames until the log is within its limits.</summary>
    public void Trim()
    {
        while (_frames.Count > 1 && (_hashes.Count > Limits.MaxLogMessages || Bytes > Limits.MaxLogBytes))
        {
            DropFirst();
        }
    }

    public void Clear()
    {
        while (_frames.Count > 0)
        {
            DropFirst();
        }

        _frames.Clear();
        _hashes.Clear();
    }

    /// <summary>The first frame that holds an id above the given one; their count where there is none.</summary>
    public int FirstFrameAfter(ulong id)
    {
        var low = 0;
        var high = _frames.Count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (_frames[middle].LastId <= id)
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

    /// <summary>The part of the log that may be filled before what comes after an id is dropped: 0 or less for none, 1 for all.</summary>
    public double RoomAfter(ulong id)
    {
        var next = FirstFrameAfter(id);
        if (next == _frames.Count)
        {
            return 1;
        }

        // What frames were charged since they came is taken to be spread evenly.
        var growth = (double)Bytes / (AppendedBytes - _frames[0].StartByte);
        var messages = AppendedMessages - _frames[next].FirstOrdinal;
        var bytes = (AppendedBytes - _frames[next].StartByte) * growth;
        return 1 - Math.Max((double)messages / Limits.MaxLogMessages, bytes / Limits.MaxLogBytes);
    }

    /// <summary>The last id of the newest frame that was sent before a time; <see cref="Floor"/> where all were sent later.</summary>
    public ulong LastIdBefore(long microseconds)
    {
        // From the newest on: the clocks of two publishers differ, so that the times are not in order.
        var newest = Watermark;
        for (var i = _frames.Count - 1; i >= 0; i--)
        {
            if (_frames[i].SentAtMicroseconds < microseconds)
            {
                return newest;
            }

            newest = _frames[i].FirstId - 1;
        }

        return newest;
    }

    /// <summary>Puts a message of an older frame into the index.</summary>
    /// <returns>Its position, for the caller to put under the key.</returns>
    public Position AddHeard(int frameIndex, KeyEntry entry, int offset, int sourceOffset, int message)
    {
        ref var frame = ref _frames[frameIndex];
        var place = FindFreePlace(ref frame);
        frame.Heard[place] = new HeardMessage { Entry = entry, Offset = offset, SourceOffset = sourceOffset, Index = message };
        return new Position(frame.IdOf(message), (int)(_firstNumber + frameIndex), place);
    }

    /// <summary>Forgets the positions of a key that leaves the index, and gives their places back.</summary>
    public void Release(KeyEntry entry)
    {
        for (var i = 0; i < entry.Positions.Count; i++)
        {
            var position = entry.Positions[i];
            ref var frame = ref At(position);
            if (frame.Heard[position.Place].Shared is not null)
            {
                Charge(ref frame, -SharedOverhead);
            }

            frame.Heard[position.Place] = new HeardMessage { Index = frame.FirstFree };
            frame.FirstFree = position.Place + 1;
        }

        entry.Positions.Clear();
    }

    /// <summary>Accounts for a message that is kept as an object.</summary>
    public void ChargeShared(ref LogFrame frame) => Charge(ref frame, SharedOverhead);

    private void DropFirst()
    {
        ref var frame = ref _frames[0];
        for (var i = 0; i < frame.HeardCount; i++)
        {
            if (frame.Heard[i].Entry is { } entry)
            {
                // The oldest frame's messages are the first under their keys; how many of them there are is all that matters.
                entry.DroppedThrough = Math.Max(entry.DroppedThrough, frame.IdOf(frame.Heard[i].Index));
                entry.Positions.RemoveFirst();
            }
        }

        Charge(ref frame, -frame.Cost);
        _counters.LogChanged(-frame.Count);
        Floor = frame.LastId;
        _firstNumber++;
        _firstOrdinal += frame.Count;
        _hashes.RemoveFirst(frame.Count);
        ReturnHeard(frame.Heard);
        _frames.RemoveFirst();
    }

    private int FindFreePlace(ref LogFrame frame)
    {
        if (frame.FirstFree > 0)
        {
            var free = frame.FirstFree - 1;
            frame.FirstFree = frame.Heard[free].Index;
            return free;
        }

        if (frame.HeardCount == frame.Heard.Length)
        {
            var larger = NewHeard(Math.Max(2, frame.HeardCount * 2));
            Array.Copy(frame.Heard, larger, frame.HeardCount);
            Charge(ref frame, (long)(larger.Length - frame.Heard.Length) * HeardOverhead);
            ReturnHeard(frame.Heard);
            frame.Heard = larger;
        }

        return frame.HeardCount++;
    }

    private void Charge(ref LogFrame frame, long bytes)
    {
        frame.Cost += bytes;
        Bytes += bytes;
        _counters.LogBytesChanged(bytes);
    }

    private static HeardMessage[] NewHeard(int length) =>
        length <= MaxOwnArray ? new HeardMessage[length] : ArrayPool<HeardMessage>.Shared.Rent(length);

    private static void ReturnHeard(HeardMessage[] heard)
    {
        if (heard.Length > MaxOwnArray)
        {
            ArrayPool<HeardMessage>.Shared.Return(heard, clearArray: true);
        }
    }
}
