using RedisBackplane.Receiving;
using StackExchange.Redis;

namespace RedisBackplane.Redis.Stream;

/// <summary>
/// Reads the log of the history in ranges of bytes (<see cref="HistoryLayout"/>). No later segment gets the name of a
/// segment, and a record contains its position. So the bytes at a position are the ones that were written for it, even
/// if others write in the meantime.
/// </summary>
/// <param name="read">Reads a range of a string; returns an empty value if it does not exist.</param>
/// <param name="segments">The likely number of segments. If there are more, they are found too.</param>
/// <param name="pageBytes">Returns how many bytes to read at once; <see cref="PageBytes"/> if null.</param>
internal sealed class HistoryReader(
    Func<RedisKey, long, long, Task<RedisValue>> read, RedisNames names, long segments, Func<int>? pageBytes = null)
{
    /// <summary>The most bytes of one answer of Redis.</summary>
    internal const int PageBytes = (int)HistoryLayout.PositionsPerSegment;

    // Above this distance, the next segment is searched from the end.
    private const ulong FarAway = 8 * 1024;

    // The most segments that one round trip looks at.
    private const int MaxSegmentsPerLook = 64;

    // Usually one round trip finds all segments, also if the newest one is not begun yet.
    private readonly ulong _segmentsPerLook = (ulong)Math.Min(segments + 1, MaxSegmentsPerLook);
    private readonly Func<int> _pageBytes = pageBytes ?? (static () => PageBytes);

    /// <summary>Reads the next payloads, oldest first.</summary>
    /// <param name="after">The last id that the reader has.</param>
    /// <param name="state">The last id in the log, and the position of its end.</param>
    /// <returns>The payloads, none if there are no more, and where to continue.</returns>
    public async Task<(byte[][] Payloads, HistoryPosition Next)> ReadAsync(
        ulong after, HistoryPosition from, (ulong LastId, ulong End) state)
    {
        var payloads = new List<byte[]>();
        var position = from.Value;
        if (!from.IsContinued && !await FollowsAsync(after, position, state).ConfigureAwait(false))
        {
            position = await FindAsync(after, state.End).ConfigureAwait(false);
        }
        else if (position > state.End)
        {
            // The log was set back while it was read.
            position = await FindAsync(after, state.End).ConfigureAwait(false);
        }

        while (payloads.Count == 0 && position < state.End)
        {
            position = await TakeAsync(position, state.End, payloads).ConfigureAwait(false);
        }

        return ([.. payloads], HistoryPosition.Continue(position));
    }

    // Whether the record at a position follows an id. The position may be from a log that was lost since.
    private async Task<bool> FollowsAsync(ulong after, ulong position, (ulong LastId, ulong End) state)
    {
        if (position == 0 || position > state.End)
        {
            return false;
        }

        if (position == state.End)
        {
            return state.LastId <= after;
        }

        var header = await ReadHeaderAsync(position).ConfigureAwait(false);

        // At the end of a segment, the next record begins the next segment.
        header ??= await ReadHeaderAsync(HistoryLayout.StartOf(HistoryLayout.SegmentOf(position) + 1)).ConfigureAwait(false);
        return header?.PreviousId <= after;
    }

    private async Task<RecordHeader?> ReadHeaderAsync(ulong position)
    {
        var bytes = await ReadAsync(position, HistoryLayout.HeaderSize).ConfigureAwait(false);
        return HistoryLayout.TryReadHeader(bytes, position, out var header) ? header : null;
    }

    // Takes the records of one range of a segment. Returns where to continue.
    private async Task<ulong> TakeAsync(ulong position, ulong end, List<byte[]> payloads)
    {
        var segment = HistoryLayout.SegmentOf(position);
        var isLast = segment == HistoryLayout.SegmentOf(end);
        var page = _pageBytes();
        var length = isLast ? (int)Math.Min((ulong)page, end - position) : page;
        var bytes = await ReadAsync(position, length).ConfigureAwait(false);
        var isEnd = bytes.Length < length || (isLast && position + (ulong)length == end);
        var done = HistoryPageParser.Take(bytes, position, isEnd, payloads, out var rest);
        if (rest > 0)
        {
            // The part that has arrived is not read again.
            var start = position + (ulong)done;
            if (await ReadRestAsync(bytes, done, position, rest).ConfigureAwait(false) is not { } record)
            {
                // The rest is missing: it was no record, or was overwritten in the meantime.
                done += HistoryPageParser.Take(bytes.AsSpan(done), start, isEnd: true, payloads, out _);
            }
            else
            {
                _ = HistoryLayout.TryReadHeader(record, start, out var header);
                payloads.Add(HistoryPageParser.PayloadOf(record, header));
                done += rest;
            }
        }

        var isDone = isEnd || position + (ulong)done >= HistoryLayout.StartOf(segment + 1);
        if (!isDone)
        {
            return position + (ulong)done;
        }

        return isLast ? end : await NextAsync(segment, HistoryLayout.SegmentOf(end)).ConfigureAwait(false);
    }

    // Reads the rest of a record that a page contains only in part. Allocates only what has arrived.
    private async Task<byte[]?> ReadRestAsync(byte[] page, int start, ulong position, int size)
    {
        using var record = new MemoryStream();
        record.Write(page, start, page.Length - start);
        while (record.Length < size)
        {
            var length = (int)Math.Min(_pageBytes(), size - record.Length);
            var part = await ReadAsync(position, length, start + record.Length).ConfigureAwait(false);
            if (part.Length == 0)
            {
                return null;
            }

            record.Write(part, 0, part.Length);
        }

        return record.ToArray();
    }

    // The start of the next segment that exists. Behind a log whose state was lost, the numbers continue at the clock:
    // millions of numbers may be unused. Then the segments are searched from the end.
    private async Task<ulong> NextAsync(ulong segment, ulong last)
    {
        for (var first = segment + 1; first < last; first += _segmentsPerLook)
        {
            if (first - segment > (ulong)segments + 1 && last - first > FarAway)
            {
                var existing = await ListAsync(HistoryLayout.StartOf(last), static _ => false).ConfigureAwait(false);
                var after = existing.Select(static found => found.Segment).Where(found => found > segment);
                return HistoryLayout.StartOf(after.DefaultIfEmpty(last).Min());
            }

            var heads = await LookAsync(first, Math.Min(_segmentsPerLook, last - first)).ConfigureAwait(false);
            var found = heads.FindIndex(static head => head.Length > 0);
            if (found >= 0)
            {
                return HistoryLayout.StartOf(first + (ulong)found);
            }
        }

        return HistoryLayout.StartOf(last);
    }

    /// <summary>The numbers of the existing segments, the newest first, and the first record of each.</summary>
    /// <param name="isEnough">Returns whether older segments are not needed.</param>
    public async Task<List<(ulong Segment, RecordHeader? First)>> ListAsync(ulong end, Predicate<RecordHeader?> isEnough)
    {
        var last = HistoryLayout.SegmentOf(end);
        var found = new List<(ulong, RecordHeader?)>();
        var isAny = true;
        for (var behind = last + 1; behind > 0 && (isAny || last - behind < (ulong)segments);)
        {
            var first = behind > _segmentsPerLook ? behind - _segmentsPerLook : 0;
            var heads = await LookAsync(first, behind - first).ConfigureAwait(false);
            isAny = heads.Exists(static head => head.Length > 0);
            for (var i = heads.Count - 1; i >= 0; i--)
            {
                if (heads[i].Length == 0)
                {
                    continue;
                }

                var segment = first + (ulong)i;
                RecordHeader? header = HistoryLayout.TryReadHeader(heads[i], HistoryLayout.StartOf(segment), out var known) ? known : null;
                found.Add((segment, header));
                if (isEnough(header))
                {
                    return found;
                }
            }

            behind = first;
        }

        return found;
    }

    // The start of the segment that contains what follows an id; otherwise of the oldest one.
    private async Task<ulong> FindAsync(ulong after, ulong end)
    {
        var segments = await ListAsync(end, first => first?.PreviousId <= after).ConfigureAwait(false);
        return HistoryLayout.StartOf(segments.Count > 0 ? segments[segments.Count - 1].Segment : HistoryLayout.SegmentOf(end));
    }

    // Reads the beginnings of segments, in one round trip.
    private async Task<List<byte[]>> LookAsync(ulong first, ulong count)
    {
        var reads = new Task<byte[]>[count];
        for (ulong i = 0; i < count; i++)
        {
            reads[i] = ReadAsync(HistoryLayout.StartOf(first + i), HistoryLayout.HeaderSize);
        }

        return [.. await Task.WhenAll(reads).ConfigureAwait(false)];
    }

    // Reads bytes at a distance from a position. The segment is that of the position.
    private async Task<byte[]> ReadAsync(ulong position, int length, long distance = 0)
    {
        var segment = HistoryLayout.SegmentOf(position);
        var offset = (long)(position - HistoryLayout.StartOf(segment)) + distance;
        try
        {
            return (byte[]?)await read(names.Segment(segment), offset, offset + length - 1).ConfigureAwait(false) ?? [];
        }
        catch (RedisServerException exception)
            when (exception.Message.StartsWith("WRONGTYPE", StringComparison.Ordinal))
        {
            // The key belongs to somebody else and contains no segment.
            return [];
        }
    }
}
