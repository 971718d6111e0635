using System.Globalization;
using System.Runtime.CompilerServices;
using RedisBackplane.Redis.Stream;
using RedisBackplane.Wire;
using StackExchange.Redis;

namespace RedisBackplane.Tool.Histories;

/// <summary>
/// Reads the history of one stream, the older part first: Redis Streams, each entry a frame, or sorted sets where the server has none (see
/// <c>publish.lua</c>).
/// </summary>
internal sealed class KeptHistory(IDatabase database, RedisNames names)
{
    private const int Page = 128;

    private bool? _isSorted;

    /// <summary>The server has no such command.</summary>
    public static bool IsUnknownCommand(RedisServerException exception) =>
        exception.Message.Contains("unknown command", StringComparison.OrdinalIgnoreCase);

    /// <summary>Every frame with an id above one, oldest first, a page at a time.</summary>
    public async IAsyncEnumerable<Frame> ReadAfterAsync(ulong id, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var part in await PartsAsync())
        {
            var from = id;
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var entries = await ReadAsync(part, from, Page, Order.Ascending);
                foreach (var frame in Decode(entries))
                {
                    yield return frame;
                }

                if (entries.Count < Page)
                {
                    break;
                }

                from = entries[^1].Id;
            }
        }
    }

    /// <summary>The last frames, oldest first.</summary>
    public async IAsyncEnumerable<Frame> ReadLastAsync(int count, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var entries = new List<Entry>();
        foreach (var part in (await PartsAsync()).Reverse())
        {
            if (entries.Count < count)
            {
                entries.AddRange(await ReadAsync(part, 0, count - entries.Count, Order.Descending));
            }
        }

        entries.Reverse();
        foreach (var frame in Decode(entries))
        {
            yield return frame;
        }
    }

    /// <summary>How much there is.</summary>
    public async Task<HistorySummary> SummarizeAsync()
    {
        long frames = 0, bytes = 0;
        foreach (var part in await PartsAsync())
        {
            frames += _isSorted == true ? await database.SortedSetLengthAsync(part) : await database.StreamLengthAsync(part);
            bytes += (long?)await database.ExecuteAsync("MEMORY", "USAGE", part) ?? 0;
        }

        return new HistorySummary(frames, bytes, await database.StringGetAsync(names.Counter));
    }

    private static IEnumerable<Frame> Decode(IEnumerable<Entry> entries)
    {
        var assembly = new FrameAssembly();
        foreach (var payload in entries.SelectMany(entry => entry.Payloads))
        {
            // What is no frame was put there by somebody else; the bus passes over it too.
            if (assembly.TryComplete(payload, out var frame, out _))
            {
                yield return frame;
            }
        }
    }

    private async Task<RedisKey[]> PartsAsync()
    {
        _isSorted ??= !await HasStreamsAsync();
        var (newer, older) = names.HistoryParts(_isSorted.Value);
        return [older, newer];
    }

    private async Task<bool> HasStreamsAsync()
    {
        try
        {
            await database.StreamLengthAsync(names.History);
            return true;
        }
        catch (RedisServerException exception) when (IsUnknownCommand(exception))
        {
            return false;
        }
    }

    private async Task<List<Entry>> ReadAsync(RedisKey part, ulong after, int count, Order order)
    {
        if (_isSorted == true)
        {
            var members = await database.SortedSetRangeByScoreWithScoresAsync(
                part, after, RedisHistory.HighestId, Exclude.Start, order, 0, count);
            return [.. members.Select(member => new Entry((ulong)member.Score, [(byte[]?)member.Element ?? []]))];
        }

        var entries = await database.StreamRangeAsync(part, $"({after}-{ulong.MaxValue}", "+", count, order);
        return [.. entries.Select(entry => new Entry(IdOf(entry), [.. entry.Values.Select(value => (byte[]?)value.Value ?? [])]))];
    }

    private static ulong IdOf(StreamEntry entry) => ulong.Parse(((string)entry.Id!).Split('-')[0], CultureInfo.InvariantCulture);

    private readonly record struct Entry(ulong Id, byte[][] Payloads);
}

/// <summary>How much a history holds.</summary>
/// <param name="Frames">Entries.</param>
/// <param name="Bytes">What they take in Redis.</param>
/// <param name="Counter">The last id given, if any was.</param>
internal readonly record struct HistorySummary(long Frames, long Bytes, string? Counter);
