using System.Globalization;
using Microsoft.Extensions.Logging;
using RedisBackplane.Diagnostics;
using RedisBackplane.Receiving;
using StackExchange.Redis;

namespace RedisBackplane.Redis;

/// <summary>
/// Runs <c>read_history.lua</c>. Where the server has no streams (Garnet, Redis before 5) or the user may not read them, it goes
/// on without
/// a history and says so. Thread-safe.
/// </summary>
internal sealed class RedisHistory
{
    private const int MaxFramesPerPage = 256;
    private const long MaxBytesPerPage = 4 * 1024 * 1024;

    // What stands before the frames in an answer: the counter and the last entry.
    private const int HeadOfPage = 2;

    // As publish.lua has it: above it, Lua's numbers have holes.
    private const ulong HighestId = 9_007_199_254_740_000;

    private readonly string _appName;
    private readonly RedisNames _names;
    private readonly RedisSlot _slot;
    private readonly HistoryLimits _limits;
    private readonly ILogger _logger;
    private volatile bool _isAvailable;
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
        try
        {
            // Who wants no frames, only sends them, must know all the same whether the server can keep them: the smallest page tells.
            var bytes = wantsFrames ? MaxBytesPerPage : _isProven ? 0 : 1;
            return await Read(after, _isAvailable ? bytes : 0).ConfigureAwait(false);
        }
        catch (Exception exception) when (_isAvailable && !_isProven && IsLack(exception))
        {
            _isAvailable = false;
            Log.HistoryUnavailable(_logger, _appName, exception.Message);
            return await Read(after, 0).ConfigureAwait(false);
        }
    }

    private async Task<HistoryPage> Read(ulong after, long bytes)
    {
        var result = await _slot.EvaluateAsync(
            RedisScripts.ReadHistory,
            _names.LegacyCounter is { } legacy
                ? [_names.Counter, _names.History, _names.OlderHistory, legacy]
                : [_names.Counter, _names.History, _names.OlderHistory],
            [after.ToString(CultureInfo.InvariantCulture), MaxFramesPerPage, bytes]).ConfigureAwait(false);
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
        && (exception.Message.Contains("nknown") || exception.Message.Contains("xrange"));
}
