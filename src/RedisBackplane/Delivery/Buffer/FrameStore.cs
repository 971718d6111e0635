using RedisBackplane.Delivery.Subscriptions;
using RedisBackplane.Wire;

namespace RedisBackplane.Delivery.Buffer;

/// <summary>
/// The frames of one stream in id order, bounded by count and bytes. The oldest are dropped first; the newest always
/// stays. Data of the <see cref="StreamBuffer"/>; only <see cref="Watermark"/> is thread-safe.
/// </summary>
internal sealed class FrameStore(DeliveryLimits limits, DeliveryCounters counters)
{
    /// <summary>
    /// The memory of a frame in addition to its bytes: its place, its send time, the header of the array.
    /// </summary>
    private const int FrameOverhead = 136;

    /// <summary>The memory of an indexed message in its frame and under its key.</summary>
    private const int IndexedOverhead = 48;

    /// <summary>The memory of a message that is kept as an object, without its strings.</summary>
    private const int SharedOverhead = 96;

    private readonly Ring<StoredFrame> _frames = new();
    private readonly Ring<uint> _hashes = new();
    private readonly SendTimes _sendTimes = new();
    private readonly SendTimeBlocks _sendTimeBlocks = new();
    private long _timedNumber;
    private int _countedMessages;
    private long _countedBytes;
    private long _firstNumber;
    private long _firstOrdinal;
    private ulong _watermark;

    public DeliveryLimits Limits { get; private set; } = limits;

    /// <summary>The buffer has every received message with a higher id.</summary>
    public ulong Floor { get; private set; }

    /// <summary>The highest received id. It is raised after the affected positions were updated. Thread-safe.</summary>
    public ulong Watermark => Volatile.Read(ref _watermark);

    /// <summary>
    /// Returns the highest id that this server has seen, sent or received. For a message of its own, Redis stores it
    /// and confirms it to the sender before the channel brings it.
    /// </summary>
    public Func<ulong> HighestId { get; set; } = static () => 0;

    /// <summary>Whether nothing was ever appended or dropped.</summary>
    public bool IsEmpty => _frames.Count == 0 && _firstNumber == 0;

    public long Bytes { get; private set; }

    /// <summary>Messages since the buffer began.</summary>
    public long AppendedMessages => _firstOrdinal + _hashes.Count;

    /// <summary>Bytes since the buffer began, as charged when they arrived.</summary>
    public long AppendedBytes { get; private set; }

    /// <summary>The send time of the newest frame, in microseconds since the Unix epoch; 0 before the first.</summary>
    public long LastSentAtMicroseconds { get; private set; }

    /// <summary>The index of a message in its frame. It orders messages that share an id.</summary>
    public int IndexOf(MessageLocation location) => At(location).Indexed[location.Place].Index;

    public ref StoredFrame At(MessageLocation location) => ref _frames[location.Frame - (int)_firstNumber];

    public void Begin(ulong lastId)
    {
        Floor = lastId;
        Raise(lastId);
    }

    /// <summary>No more messages will arrive up to this id.</summary>
    public void Raise(ulong lastId) => Volatile.Write(ref _watermark, Math.Max(_watermark, lastId));

    /// <summary>
    /// Adds a frame whose first id is above the watermark, and adds its messages with local subscribers to their keys.
    /// The caller raises the watermark.
    /// </summary>
    public void Append(in Frame frame, KeyMatcher matched)
    {
        var header = frame.Header;
        var heard = matched.Heard;
        var places = heard.IsEmpty ? [] : IndexedMessage.Rent(heard.Length);
        heard.CopyTo(places);
        var number = (int)(_firstNumber + _frames.Count);
        ref var added = ref _frames.AddLast();
        added = new StoredFrame
        {
            Bytes = frame.Buffer,
            FirstId = header.FirstId,
            Count = header.Count,
            HasOneId = header.HasOneId,
            SentAtMicroseconds = header.SentAtMicroseconds,
            FirstOrdinal = AppendedMessages,
            StartByte = AppendedBytes,
            IsSparse = matched.IsSparse,
            Indexed = places,
            IndexedCount = heard.Length,
        };
        var beside = FrameOverhead + ((long)header.Count * sizeof(uint)) + ((long)places.Length * IndexedOverhead);
        Charge(ref added, frame.Buffer.Length + beside);
        AppendedBytes += frame.Buffer.Length + beside;
        foreach (var hash in matched.Hashes)
        {
            _hashes.AddLast() = hash;
        }

        for (var i = 0; i < heard.Length; i++)
        {
            heard[i].Entry!.MessagesToAddTo.AddLast() = new MessageLocation(header.IdOf(heard[i].Index), number, i);
        }

        LastSentAtMicroseconds = header.SentAtMicroseconds;
    }

    public void Limit(DeliveryLimits limits)
    {
        Limits = limits;
        Trim();
    }

    /// <summary>Drops the oldest frames until the rest is within the limits.</summary>
    public void Trim()
    {
        while (_frames.Count > 1 && (_hashes.Count > Limits.MaxLogMessages || Bytes > Limits.MaxLogBytes))
        {
            DropFirst();
        }

        Count();
    }

    public void Clear()
    {
        while (_frames.Count > 0)
        {
            DropFirst();
        }

        _frames.Clear();
        _hashes.Clear();
        Count();
    }

    /// <summary>The first frame with an id above the given one; the number of frames if there is none.</summary>
    public int FirstFrameAfter(ulong id) => _frames.FirstPast(id, static (in StoredFrame frame, ulong id) => frame.LastId > id);

    /// <summary>
    /// The free part of the limits until a message after an id would be dropped: 1 for everything, 0 or less for
    /// nothing.
    /// </summary>
    public double RoomAfter(ulong id)
    {
        var next = FirstFrameAfter(id);
        if (next == _frames.Count)
        {
            return 1;
        }

        // Charges that were added to frames later are assumed to be spread evenly.
        var growth = (double)Bytes / (AppendedBytes - _frames[0].StartByte);
        var messages = AppendedMessages - _frames[next].FirstOrdinal;
        var bytes = (AppendedBytes - _frames[next].StartByte) * growth;
        return 1 - Math.Max((double)messages / Limits.MaxLogMessages, bytes / Limits.MaxLogBytes);
    }

    /// <summary>The id after which everything begins that was sent at a time or later.</summary>
    public ulong LastIdBefore(long microseconds)
    {
        if (microseconds == SubscriptionPosition.FromNow)
        {
            return Math.Max(Watermark, HighestId());
        }

        if (_frames.Count == 0)
        {
            return Watermark;
        }

        IndexTimes(int.MaxValue);
        _sendTimes.DropThrough(Floor);
        _sendTimeBlocks.DropBefore(_firstNumber);

        // A batch that is sent again keeps the time of its first call. So it may follow batches that were sent later,
        // and must not hide them. The clock of a publisher may be fast, so the first late frame alone says nothing.
        var longestRetry = (long)(Limits.LongestRetry.TotalSeconds * 1_000_000);
        var next = FirstFrameAfter(_sendTimes.LastIdBefore(Math.Max(0, microseconds - longestRetry)) ?? Floor);
        while (next < _frames.Count && _frames[next].SentAtMicroseconds < microseconds)
        {
            next = (int)(_sendTimeBlocks.Next(_firstNumber + next, microseconds) - _firstNumber);
        }

        return next >= _frames.Count ? Watermark : next == 0 ? Floor : _frames[next - 1].LastId;
    }

    /// <summary>
    /// Prepares <see cref="LastIdBefore"/> for the frames that arrived since its last call. It is done then, because
    /// few clients need it and frames are many.
    /// </summary>
    /// <returns>Whether there are more.</returns>
    public bool IndexTimes(int atMost)
    {
        var end = _firstNumber + _frames.Count;
        _timedNumber = Math.Max(_timedNumber, _firstNumber);
        for (; _timedNumber < end && atMost > 0; _timedNumber++, atMost--)
        {
            ref var frame = ref _frames[(int)(_timedNumber - _firstNumber)];
            _sendTimes.Append(frame.SentAtMicroseconds, frame.LastId);
            _sendTimeBlocks.Append(_timedNumber, frame.SentAtMicroseconds);
        }

        return _timedNumber < end;
    }

    /// <summary>Copies the messages that a search must look at, as many as fit.</summary>
    /// <param name="segment">Receives the frames, and the hash of each message.</param>
    /// <param name="after">The id after which to begin.</param>
    /// <param name="through">The last id to look at.</param>
    /// <returns>
    /// The last id that was copied, which may be after <paramref name="through"/> in its frame; at least
    /// <paramref name="through"/> if there are no more to look at.
    /// </returns>
    public ulong Copy(FrameSegment segment, ulong after, ulong through)
    {
        segment.Clear();
        for (var i = FirstFrameAfter(after); i < _frames.Count && _frames[i].FirstId <= through; i++)
        {
            ref var frame = ref _frames[i];
            var first = after < frame.FirstId ? 0 : (int)(after - frame.FirstId) + 1;
            var count = segment.Add(frame, first);
            for (var message = 0; message < count; message++)
            {
                segment.AddHash(_hashes[(int)(frame.FirstOrdinal - _firstOrdinal) + first + message]);
            }

            if (first + count < frame.Count)
            {
                return count == 0 ? after : frame.FirstId + (ulong)(first + count) - 1;
            }

            after = frame.LastId;
        }

        return Math.Max(after, through);
    }

    /// <summary>
    /// Adds a message of an older frame before the other messages of its key. The frame must still be in the buffer.
    /// </summary>
    public void AddFirst(KeyEntry entry, in FoundMessage found)
    {
        var index = FirstFrameAfter(found.Id - 1);
        ref var frame = ref _frames[index];
        var place = FindFreePlace(ref frame);
        frame.Indexed[place] = new IndexedMessage
        {
            Entry = entry,
            Offset = found.Offset,
            SourceOffset = found.SourceOffset,
            Index = found.Index,
            IsCommand = found.IsCommand,
        };
        entry.MessagesToAddTo.AddFirst() = new MessageLocation(found.Id, (int)(_firstNumber + index), place);
        Count();
    }

    /// <summary>Removes the messages of a key that leaves the index.</summary>
    public void Release(KeyEntry entry)
    {
        for (var i = 0; i < entry.Messages.Count; i++)
        {
            var location = entry.Messages[i];
            ref var frame = ref At(location);
            if (frame.Indexed[location.Place].Shared is not null)
            {
                Charge(ref frame, -SharedOverhead);
            }

            frame.Indexed[location.Place] = new IndexedMessage { Index = frame.FirstFree };
            frame.FirstFree = location.Place + 1;
        }

        entry.ClearMessages();
        Count();
    }

    /// <summary>Adds the memory of a message that is kept as an object.</summary>
    public void ChargeShared(ref StoredFrame frame)
    {
        Charge(ref frame, SharedOverhead);
        Count();
    }

    // Updates the counters once per call: an interlocked addition is slow compared with the rest of a small frame, and
    // a full buffer that takes one frame and drops another has not changed.
    private void Count()
    {
        if (_hashes.Count != _countedMessages || Bytes != _countedBytes)
        {
            counters.LogChanged(_hashes.Count - _countedMessages, Bytes - _countedBytes);
            (_countedMessages, _countedBytes) = (_hashes.Count, Bytes);
        }
    }

    private void DropFirst()
    {
        ref var frame = ref _frames[0];
        for (var i = 0; i < frame.IndexedCount; i++)
        {
            if (frame.Indexed[i].Entry is { } entry)
            {
                // The messages of the oldest frame are the first of their keys, so only their number matters.
                entry.CompleteAfter = Math.Max(entry.CompleteAfter, frame.IdOf(frame.Indexed[i].Index));
                entry.Messages.RemoveFirst();
            }
        }

        Charge(ref frame, -frame.Cost);
        Floor = frame.LastId;
        _firstNumber++;
        _firstOrdinal += frame.Count;
        _hashes.RemoveFirst(frame.Count);
        IndexedMessage.Return(frame.Indexed);
        _frames.RemoveFirst();
    }

    private int FindFreePlace(ref StoredFrame frame)
    {
        if (frame.FirstFree > 0)
        {
            var free = frame.FirstFree - 1;
            frame.FirstFree = frame.Indexed[free].Index;
            return free;
        }

        if (frame.IndexedCount == frame.Indexed.Length)
        {
            var larger = IndexedMessage.Rent(Math.Max(2, frame.IndexedCount * 2));
            Array.Copy(frame.Indexed, larger, frame.IndexedCount);
            Charge(ref frame, (long)(larger.Length - frame.Indexed.Length) * IndexedOverhead);
            IndexedMessage.Return(frame.Indexed);
            frame.Indexed = larger;
        }

        return frame.IndexedCount++;
    }

    private void Charge(ref StoredFrame frame, long bytes)
    {
        frame.Cost += bytes;
        Bytes += bytes;
    }
}
