namespace RedisBackplane.Redis.Stream;

/// <summary>How much Redis keeps for catching up, and for how long after the last message.</summary>
/// <param name="MaxBytes">0 for no history.</param>
/// <param name="TimeToLive">The expiry of its Redis keys.</param>
internal readonly record struct HistoryLimits(long MaxBytes, TimeSpan TimeToLive)
{
    private const long LeastBytes = 64 * 1024;

    public static HistoryLimits From(RedisBackplaneOptions options) => new(options.HistoryMaxBytes, options.HistoryTimeToLive);

    /// <summary>The share of one stream in what all streams may hold together.</summary>
    public HistoryLimits PerStream(int streams) => this with { MaxBytes = MaxBytes == 0 ? 0 : Math.Max(LeastBytes, MaxBytes / streams) };
}
