using System.Globalization;
using Microsoft.Extensions.Logging;
using RedisBackplane.Receiving;
using RedisBackplane.Redis.Scripts;
using StackExchange.Redis;

namespace RedisBackplane.Redis.Stream;

/// <summary>
/// Runs <c>read_history.lua</c>. Where the server has no streams (Garnet, Redis before 5), the history is made of sorted sets; where it
/// lacks these too or the user may not read it, there is none. Either is said once. Thread-safe.
/// </summary>
internal sealed class RedisHistory
{
    /// <summary>No id of the bus is higher, as publish.lua has it: above it, Lua's numbers have holes.</summary>
    public const ulong HighestId = 9_007_199_254_740_000;

    private const int MaxFramesPerPage = 256;
    private const long MaxBytesPerPage = 4 * 1024 * 1024;

    // What stands before the frames in an answer: the counter and the last entry.
    private const int HeadOfPage = 2;

    private readonly string _appName;
    private readonly RedisNames _names;
    private readonly RedisSlot _slot;
    private readonly HistoryLimits _limits;
    private readonly ILogger _logger;
    private volatile bool _isAvailable;
    private volatile bool _isSorted;
    private volatile bool _isProven;

    public RedisHistory(string appName, RedisNames names, RedisSlot slot, HistoryLimits limits, ILogger logger)
    {
        _appName = appName;
        _names = names;
        _slot = slot;
        _limits = limits;
        _logger = logger;
        _isAvailable = limits.MaxBytes > 0;
    }

    public bool IsAvailable => _isAvailable;

    /// <summary>Whether it is made of sorted sets, for want of streams.</summary>
    public bool IsSorted => _isSorted;

    /// <summary>What a batch may leave in Redis at this moment.</summary>
    public HistoryLimits Limits => _isAvailable ? _limits : default;

    public async Task<ulong?> ReadCounterAsync()
    {
        var own = Counter(await _slot.ReadCounterAsync().ConfigureAwait(false));
        if (_names.LegacyCounter is null)
        {
            return own;
        }

        var other = Counter(await _slot.ReadLegacyCounterAsync().ConfigureAwait(false));
        return own is null || other > own ? other : own;
    }

    /// <summary>Reads a page.</summary>
    /// <param name="after">The last id that the reader has.</param>
    /// <param name="wantsFrames">Whether it wants more than the counter.</param>
    public async Task<HistoryPage> ReadAsync(ulong after, bool wantsFrames)
    {
        while (true)
        {
            var isSorted = _isSorted;
            try
            {
                // Who wants no frames, only sends them, must know all the same whether the server can keep them: the smallest page tells.
                var bytes = wantsFrames ? MaxBytesPerPage : _isProven ? 0 : 1;
                return await Read(after, _isAvailable ? bytes : 0, isSorted).ConfigureAwait(false);
            }
            catch (Exception exception) when (_isAvailable && !_isProven && IsLack(exception))
            {
                StepDown(isSorted, exception);
            }
        }
    }

    private void StepDown(bool wasSorted, Exception lack)
    {
        // For want of a right it is given up: who may not read streams may read no sorted sets either.
        if (!wasSorted && IsUnknownCommand(lack))
        {
            _isSorted = true;
            RedisStreamLog.HistorySorted(_logger, _appName, lack.Message);
            return;
        }

        _isAvailable = false;
        RedisStreamLog.HistoryUnavailable(_logger, _appName, lack.Message);
    }

    private async Task<HistoryPage> Read(ulong after, long bytes, bool isSorted)
    {
        var (newer, older) = _names.HistoryParts(isSorted);
        var result = await ReadHistoryScript.CallAsync(
            _slot,
            new() { Counter = _names.Counter, History = newer, OlderHistory = older, OtherCounter = _names.LegacyCounter },
            new() { After = after, Entries = MaxFramesPerPage, Bytes = bytes, IsSorted = isSorted }).ConfigureAwait(false);
        if (result.Resp2Type != ResultType.Array || result.Length < HeadOfPage)
        {
            throw new BackplaneException("Redis answered read_history.lua with something that is not its reply.");
        }

        _isProven |= bytes > 0;
        var frames = new byte[result.Length - HeadOfPage][];
        for (var i = 0; i < frames.Length; i++)
        {
            frames[i] = (byte[]?)result[i + HeadOfPage] ?? [];
        }

        _ = ulong.TryParse((string?)result[1], NumberStyles.None, CultureInfo.InvariantCulture, out var lastEntry);
        return new HistoryPage(Counter((string?)result[0]), frames) { LastEntry = lastEntry };
    }

    private ulong? Counter(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var counter) && counter <= HighestId
            ? counter
            : throw new BackplaneException($"The Redis key {_names.Counter} of the backplane '{_appName}' does not hold an id.");
    }

    // Only until it has worked once: a right that is taken away later is an outage, which ends. (Redis writes "unknown", Garnet "Unknown".)
    private static bool IsLack(Exception exception) =>
        exception is RedisServerException or BackplaneException { InnerException: RedisServerException }
        && (IsUnknownCommand(exception) || exception.Message.Contains("xrange") || exception.Message.Contains("zrangebyscore"));

    private static bool IsUnknownCommand(Exception exception) => exception.Message.Contains("nknown");
}
