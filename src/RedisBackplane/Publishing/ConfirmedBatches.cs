using RedisBackplane.Wire;

namespace RedisBackplane.Publishing;

/// <summary>
/// The batches that Redis has confirmed lately, oldest first. They are kept to be sent again if Redis loses its memory.
/// Also what is known of such a loss. Bounded in bytes and time. Not thread-safe: <see cref="Publisher"/> guards it.
/// </summary>
internal sealed class ConfirmedBatches(long maxBytes)
{
    /// <summary>The memory of a batch in addition to its bytes.</summary>
    private const int Overhead = 64;

    private readonly FrameChunks _chunks = new();
    private readonly Queue<Kept> _batches = new();
    private readonly CrowdedOut _crowdedOut = new();
    private long _bytes;
    private ulong? _knownUpTo;
    private bool _isUnclaimed;

    /// <summary>Whether a loss of memory would concern nothing that was confirmed lately.</summary>
    public bool IsEmpty => _batches.Count == 0 && _crowdedOut.IsEmpty;

    /// <summary>
    /// The highest number that Redis has confirmed, if a loss of that batch would be mended or reported and Redis can
    /// know it; otherwise 0.
    /// </summary>
    public ulong Claim => IsEmpty || _isUnclaimed ? 0 : Highest;

    /// <summary>Redis has reported that it lost batches, and they have not been taken out yet.</summary>
    public bool AreForgotten => _knownUpTo is not null;

    private ulong Highest { get; set; }

    public void Confirm(ulong number)
    {
        Highest = Math.Max(Highest, number);
        _isUnclaimed = false;
    }

    /// <summary>
    /// Redis has lost the record of this publisher and nothing else. Nothing is claimed until Redis has stored the next
    /// batch.
    /// </summary>
    public void Unclaim() => _isUnclaimed = true;

    /// <summary>
    /// Keeps a batch that Redis has confirmed, and drops the oldest ones to make room. Do not send the batch itself
    /// afterwards: its buffer may belong to another one.
    /// </summary>
    public void Add(Batch batch)
    {
        if (maxBytes == 0)
        {
            // The application wants none of this.
            batch.Recycle();
            return;
        }

        var kept = Keep(batch);
        _batches.Enqueue(kept);
        _bytes += kept.Cost;
        while (_bytes > maxBytes)
        {
            var oldest = _batches.Peek();
            _crowdedOut.Add(oldest.Number, oldest.Messages, oldest.OpenedAt);
            DropOldest();
        }
    }

    /// <summary>Records what a reply says about the memory of Redis.</summary>
    public void Note(BatchReply reply)
    {
        if (reply.Outcome == BatchOutcome.Forgotten)
        {
            _knownUpTo = Math.Min(reply.Value, _knownUpTo ?? ulong.MaxValue);
        }
    }

    /// <summary>Drops batches that were opened at or before a time.</summary>
    public void DropOpenedUntil(long time)
    {
        _crowdedOut.DropOpenedUntil(time);
        while (_batches.Count > 0 && _batches.Peek().OpenedAt <= time)
        {
            DropOldest();
        }
    }

    /// <summary>
    /// Takes out, by number, the batches that Redis has lost. The rest stays, because Redis may lose its memory once
    /// more.
    /// </summary>
    /// <param name="lost">The number of lost messages that would still be kept if there had been room.</param>
    public List<Batch> TakeForgotten(out int lost)
    {
        lost = 0;
        var taken = new List<Batch>();
        if (_knownUpTo is not { } known)
        {
            return taken;
        }

        _knownUpTo = null;
        Highest = known;
        lost = _crowdedOut.TakeAfter(known);
        for (var rest = _batches.Count; rest > 0; rest--)
        {
            var kept = _batches.Dequeue();
            if (kept.Number > known)
            {
                _bytes -= kept.Cost;
                taken.Add(Restore(kept));
            }
            else
            {
                _batches.Enqueue(kept);
            }
        }

        // A batch that was sent again may have been confirmed after a later one.
        taken.Sort((left, right) => left.Number.CompareTo(right.Number));
        return taken;
    }

    public void Clear()
    {
        _crowdedOut.DropOpenedUntil(long.MaxValue);
        while (_batches.Count > 0)
        {
            DropOldest();
        }
    }

    private Kept Keep(Batch batch)
    {
        var frame = batch.Frame.Span;
        if (frame.Length > FrameChunks.LongestFrame || frame.Length + Overhead > maxBytes)
        {
            batch.Trim();
            return new Kept(batch.Number, batch.OpenedAt, batch.Capacity + Overhead) { Batch = batch };
        }

        var chunk = _chunks.Add(frame, out var start);
        var kept = new Kept(batch.Number, batch.OpenedAt, frame.Length + Overhead)
        {
            Chunk = chunk,
            Start = start,
            Size = frame.Length,
            Length = batch.Length,
            Count = batch.Count,
        };
        batch.Recycle();
        return kept;
    }

    private Batch Restore(in Kept kept)
    {
        if (kept.Batch is { } batch)
        {
            return batch;
        }

        var frame = kept.Chunk!.Bytes.AsSpan(kept.Start, kept.Size);
        var restored = new Batch(kept.OpenedAt, FrameWriter.Restore(frame, kept.Length, kept.Count), kept.Number);
        _chunks.Remove(kept.Chunk);
        return restored;
    }

    private void DropOldest()
    {
        var kept = _batches.Dequeue();
        _bytes -= kept.Cost;
        if (kept.Chunk is { } chunk)
        {
            _chunks.Remove(chunk);
        }
        else
        {
            kept.Batch!.Recycle();
        }

        if (_batches.Count == 0)
        {
            _chunks.Clear();
        }
    }

    /// <summary>A confirmed batch: its bytes in a chunk, or the batch itself if it is large.</summary>
    private readonly record struct Kept(ulong Number, long OpenedAt, int Cost)
    {
        public Batch? Batch { get; init; }

        public FrameChunk? Chunk { get; init; }

        public int Start { get; init; }

        public int Size { get; init; }

        /// <inheritdoc cref="FrameWriter.Length"/>
        public int Length { get; init; }

        public int Count { get; init; }

        public int Messages => Batch?.Count ?? Count;
    }
}
