using System.Runtime.CompilerServices;
using RedisBackplane.Redis;
using RedisBackplane.Wire;
using StackExchange.Redis;

namespace RedisBackplane.Tool.Histories;

/// <summary>
/// Reads the history of one stream: two Redis Streams, the older one first, each entry a frame (see <c>publish.lua</c>).
/// </summary>
internal sealed class KeptHistory(IDatabase database, RedisNames names)
{
    private const int Page = 128;

    private readonly RedisKey[] _parts = [names.OlderHistory, names.History];

    /// <summary>Every frame with an id above one, oldest first, a page at a time.</summary>
    public async IAsyncEnumerable<Frame> ReadAfterAsync(ulong id, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var part in _parts)
        {
            RedisValue from = $"({id}-0";
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var entries = await database.StreamRangeAsync(part, from, "+", Page);
                foreach (var frame in Decode(entries))
                {
                    yield return frame;
                }

                if (entries.Length < Page)
                {
                    break;
                }

                from = $"({entries[^1].Id}";
            }
        }
    }

    /// <summary>The last frames, oldest first.</summary>
    public async IAsyncEnumerable<Frame> ReadLastAsync(int count, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var entries = (await database.StreamRangeAsync(names.History, "-", "+", count, Order.Descending)).ToList();
        if (entries.Count < count)
        {
            entries.AddRange(await database.StreamRangeAsync(names.OlderHistory, "-", "+", count - entries.Count, Order.Descending));
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
        foreach (var part in _parts)
        {
            frames += await database.StreamLengthAsync(part);
            bytes += (long?)await database.ExecuteAsync("MEMORY", "USAGE", part) ?? 0;
        }

        return new HistorySummary(frames, bytes, await database.StringGetAsync(names.Counter));
    }

    private static IEnumerable<Frame> Decode(IEnumerable<StreamEntry> entries)
    {
        var assembly = new FrameAssembly();
        foreach (var value in entries.SelectMany(entry => entry.Values))
        {
            // What is no frame was put there by somebody else; the bus passes over it too.
            if (assembly.TryComplete((byte[]?)value.Value ?? [], out var frame, out _))
            {
                yield return frame;
            }
        }
    }
}

/// <summary>How much a history holds.</summary>
/// <param name="Frames">Entries.</param>
/// <param name="Bytes">What they take in Redis.</param>
/// <param name="Counter">The last id given, if any was.</param>
internal readonly record struct HistorySummary(long Frames, long Bytes, string? Counter);
