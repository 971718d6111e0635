using System.Collections.Concurrent;
using System.Globalization;
using RedisBackplane.Receiving;
using StackExchange.Redis;

namespace RedisBackplane.Redis.Stream;

/// <summary>
/// The history of a stream in Redis: whether there is one, its limits, and its present state.
/// <see cref="HistoryReader"/> reads the log itself. If the server lacks the commands or the user must not read it,
/// there is no history, which is logged once. Thread-safe.
/// </summary>
internal sealed class RedisHistory(RedisStreamContext stream, HistoryLimits limits)
{
    /// <summary>No id of the bus is higher (publish.lua): above it, Lua's numbers are not exact.</summary>
    public const ulong HighestId = 9_007_199_254_740_000;

    private readonly HistoryReader _reader = new(
        stream.Slot.ReadAsync, stream.Names, limits.Segments, () => stream.Connection.Pace.PageBytes);
    private readonly EpochChange _change = new();
    private volatile bool _isAvailable = limits.MaxBytes > 0;
    private volatile bool _isProven;
    private readonly ConcurrentDictionary<RedisKey, bool> _damaged = new();
    private long _highestSegment;

    public bool IsAvailable => _isAvailable;

    /// <summary>The limits of what a batch may leave in Redis at the moment.</summary>
    public HistoryLimits Limits => _isAvailable ? limits : default;

    /// <summary>
    /// The highest number of a segment that this server knows. If the state of the log is lost, the log continues above
    /// it.
    /// </summary>
    public ulong HighestSegment => (ulong)Volatile.Read(ref _highestSegment);

    /// <summary>A payload arrived on the channel.</summary>
    public void Heard(byte[] payload) => Note(HistoryLayout.PositionIn(payload));

    /// <summary>
    /// Reads the last id that Redis assigned in the stream; null if Redis has none. A foreign value counts as none; the
    /// next batch replaces it.
    /// </summary>
    public async Task<ulong?> ReadCounterAsync()
    {
        if (stream.Names.OtherCounter is not { } otherCounter)
        {
            return await ReadCounterAsync(stream.Names.Counter).ConfigureAwait(false);
        }

        var counters = await Task.WhenAll(ReadCounterAsync(stream.Names.Counter), ReadCounterAsync(otherCounter)).ConfigureAwait(false);
        var (own, other) = (counters[0], counters[1]);
        return own is null || other > own ? other : own;
    }

    /// <param name="after">The last id that the reader has.</param>
    /// <param name="wantsFrames">Whether to read frames, or only the counter.</param>
    public async Task<HistoryPage> ReadAsync(ulong after, HistoryPosition from, bool wantsFrames)
    {
        // The counter is read first. A batch that is stored in between is then in the page and above the counter, and
        // not the other way round.
        var counter = ReadCounterAsync();
        if (!_isAvailable)
        {
            return new HistoryPage(await counter.ConfigureAwait(false), null);
        }

        var log = ReadStateAsync();
        try
        {
            await Task.WhenAll(counter, log, _isProven ? log : ProveAsync()).ConfigureAwait(false);
            _isProven = true;
            var (given, state) = (await counter.ConfigureAwait(false), await log.ConfigureAwait(false));
            if (!wantsFrames || state is not { } known)
            {
                await stream.Slot.ConfirmAsync(stream.Names.Server).ConfigureAwait(false);
                return new HistoryPage(given, []);
            }

            Note(known.End);
            var epoch = stream.Slot.Epoch;
            (after, from) = _change.Begin(epoch, after, from);
            var (frames, next) = await _reader.ReadAsync(after, from, known).ConfigureAwait(false);
            await stream.Slot.ConfirmAsync(stream.Names.Server).ConfigureAwait(false);

            // Redis may have evicted the counter.
            var lastId = Math.Max(given ?? 0, known.LastId);
            return new HistoryPage(given, frames)
            {
                Next = next,
                PartedAt = _change.PartedAt,
                EpochAfter = _change.End(isAll: next.Value >= known.End, lastId),
            };
        }
        catch (Exception exception) when (!_isProven && IsLack(exception))
        {
            _isAvailable = false;
            RedisStreamLog.HistoryUnavailable(stream.Logger, stream.Name, exception.Message);
            return new HistoryPage(await counter.ConfigureAwait(false), null);
        }
    }

    private async Task<(ulong LastId, ulong End)?> ReadStateAsync()
    {
        try
        {
            return HistoryLayout.ReadState(await stream.Slot.ReadAsync(stream.Names.Log).ConfigureAwait(false));
        }
        catch (RedisServerException exception) when (IsWrongType(exception))
        {
            // The state is damaged. The next batch repairs it.
            return null;
        }
    }

    // Checks whether ranges can be read, and whether an older preview keeps a history here.
    private async Task ProveAsync()
    {
        _ = await stream.Slot.ReadAsync(stream.Names.Segment(0), 0, 0).ConfigureAwait(false);
        foreach (var key in stream.Names.HistoriesOfPreviews)
        {
            try
            {
                _ = await stream.Slot.ReadAsync(key).ConfigureAwait(false);
            }
            catch (RedisServerException exception) when (IsWrongType(exception))
            {
                RedisStreamLog.OlderPreview(stream.Logger, stream.Name, key!);
            }
        }
    }

    private void Note(ulong position)
    {
        var segment = (long)HistoryLayout.SegmentOf(position);
        if (segment > Volatile.Read(ref _highestSegment))
        {
            // Two threads at once may keep the lower value: an approximation is enough.
            Volatile.Write(ref _highestSegment, segment);
        }
    }

    private async Task<ulong?> ReadCounterAsync(RedisKey key)
    {
        try
        {
            var text = (string?)await stream.Slot.ReadAsync(key).ConfigureAwait(false);
            if (string.IsNullOrEmpty(text))
            {
                return null;
            }

            if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var counter) && counter <= HighestId)
            {
                _ = _damaged.TryRemove(key, out _);
                return counter;
            }
        }
        catch (RedisServerException exception) when (IsWrongType(exception))
        {
            // Logged below.
        }

        if (_damaged.TryAdd(key, true))
        {
            RedisStreamLog.CounterDamaged(stream.Logger, stream.Name, key!);
        }

        return null;
    }

    private static bool IsWrongType(RedisServerException exception) => exception.Message.StartsWith("WRONGTYPE", StringComparison.Ordinal);

    // Only until it has succeeded once: a right that is taken away later is an outage, which ends. (Redis writes
    // "unknown", Garnet "Unknown".)
    private static bool IsLack(Exception exception) =>
        exception is RedisServerException or BackplaneException { InnerException: RedisServerException }
        && (exception.Message.Contains("nknown") || exception.Message.Contains("getrange"));
}
