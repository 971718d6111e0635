using System.Globalization;
using System.Runtime.CompilerServices;
using RedisBackplane.Receiving;
using RedisBackplane.Redis.Stream;
using RedisBackplane.Tool.Messages;
using RedisBackplane.Wire;
using StackExchange.Redis;

namespace RedisBackplane.Tool.Histories;

/// <summary>Reads the history of one stream, a log of records (see docs/wire-format.md).</summary>
internal sealed class KeptHistory(IDatabase database, RedisNames names)
{
    private readonly HistoryReader _reader = new(
        (key, start, end) => database.StringGetRangeAsync(key, start, end),
        names,
        new HistoryLimits(new RedisBackplaneOptions().HistoryMaxBytes, TimeSpan.Zero).Segments);

    /// <summary>
    /// Reads every frame with an id above the given one that there is now, oldest first, one page at a time.
    /// </summary>
    public async IAsyncEnumerable<Frame> ReadAfterAsync(ulong id, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (await ReadStateAsync() is not { } state)
        {
            yield break;
        }

        var from = default(HistoryPosition);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            (var payloads, from) = await _reader.ReadAsync(id, from, state);
            foreach (var frame in Decode(payloads).Where(frame => frame.Header.LastId > id))
            {
                yield return frame;
            }

            if (payloads.Length == 0)
            {
                yield break;
            }
        }
    }

    /// <summary>Reads the last frames, oldest first.</summary>
    public async IAsyncEnumerable<Frame> ReadLastAsync(int count, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (await ReadStateAsync() is not { } state)
        {
            yield break;
        }

        var newest = new List<List<Frame>>();
        foreach (var (segment, _) in await _reader.ListAsync(state.End, static _ => false))
        {
            newest.Add([]);
            var start = HistoryLayout.StartOf(segment);
            for (var from = HistoryPosition.Continue(start); HistoryLayout.SegmentOf(from.Value) == segment;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                (var payloads, from) = await _reader.ReadAsync(0, from, state);
                if (payloads.Length == 0)
                {
                    break;
                }

                newest[^1].AddRange(Decode(payloads));
            }

            if (newest.Sum(frames => frames.Count) >= count)
            {
                break;
            }
        }

        // A page may continue in the next segment.
        foreach (var frame in Enumerable.Reverse(newest).SelectMany(frames => frames).DistinctBy(frame => frame.Header.LastId)
            .TakeLast(count))
        {
            yield return frame;
        }
    }

    /// <summary>Reads the size of the history.</summary>
    public async Task<HistorySummary> SummarizeAsync()
    {
        string? counter = await database.StringGetAsync(names.Counter);
        if (await ReadStateAsync() is not { } state)
        {
            return new HistorySummary(0, 0, null, counter);
        }

        var segments = await _reader.ListAsync(state.End, static _ => false);
        DateTimeOffset? oldest = null;
        foreach (var (segment, _) in Enumerable.Reverse(segments))
        {
            var (payloads, _) = await _reader.ReadAsync(0, HistoryPosition.Continue(HistoryLayout.StartOf(segment)), state);
            if (Decode(payloads).SelectMany(frame => SeenMessage.Of(frame, 0, null, false)).FirstOrDefault() is { } message)
            {
                oldest = message.SentAt;
                break;
            }
        }

        return new HistorySummary(segments.Count, await ReadSizeAsync(segments.Select(segment => segment.Segment)), oldest, counter);
    }

    /// <summary>Reads how much memory of Redis the history takes; none if the user may not ask for it.</summary>
    public async Task<long?> MeasureAsync() => await ReadStateAsync() is { } state
        ? await ReadSizeAsync((await _reader.ListAsync(state.End, static _ => false)).Select(segment => segment.Segment))
        : 0;

    private async Task<long?> ReadSizeAsync(IEnumerable<ulong> segments)
    {
        try
        {
            var sizes = await Task.WhenAll(segments.Select(segment => database.ExecuteAsync("MEMORY", "USAGE", names.Segment(segment))));
            return sizes.Sum(size => (long?)size ?? 0);
        }
        catch (Exception exception) when (exception.IsRefusal())
        {
            // The rule for the bus's user does not have that right.
            return null;
        }
    }

    private static IEnumerable<Frame> Decode(IEnumerable<byte[]> payloads)
    {
        var assembly = StreamFormats.CreateAssembly();
        foreach (var payload in payloads)
        {
            // Somebody else wrote it. The bus skips it too.
            if (assembly.TryComplete(payload, out var frame, out _))
            {
                yield return frame;
            }
        }
    }

    private async Task<(ulong LastId, ulong End)?> ReadStateAsync() => HistoryLayout.ReadState(await database.StringGetAsync(names.Log));
}

/// <summary>The size of a history.</summary>
/// <param name="Segments">The number of Redis strings.</param>
/// <param name="Bytes">Their size in Redis; none if the user may not ask for it.</param>
/// <param name="Oldest">
/// When the oldest message was sent, on its publisher's clock; none if there is no message.
/// </param>
/// <param name="Counter">The last id that was given, if any.</param>
internal readonly record struct HistorySummary(int Segments, long? Bytes, DateTimeOffset? Oldest, string? Counter)
{
    public override string ToString() => Oldest is { } oldest
        ? string.Create(
            CultureInfo.InvariantCulture,
            $"{Size} in {Segments} segments, the oldest message sent at {oldest.ToLocalTime():yyyy-MM-dd HH:mm:ss}")
        : "empty";

    private string Size => Bytes is { } bytes ? string.Create(CultureInfo.InvariantCulture, $"{bytes:N0} bytes") : "messages";
}
