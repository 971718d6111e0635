namespace RedisBackplane.Redis.Stream;

/// <summary>How much Redis keeps for servers that catch up, and for how long.</summary>
/// <param name="MaxBytes">0 for no history.</param>
/// <param name="TimeToLive">How long a record is kept at least. It is kept about twice as long at most.</param>
internal readonly record struct HistoryLimits(long MaxBytes, TimeSpan TimeToLive)
{
    private const long LeastBytes = 64 * 1024;
    private const int LeastSegments = 16;

    // A string with a power of two bytes and its header would need the allocator's next size, which is 25 % larger.
    private const int Header = 64;

    /// <summary>
    /// The bytes of one segment of the log; 0 for no history. At most a sixteenth of the history and 1 MiB, so that its
    /// first allocation does not block Redis.
    /// </summary>
    public long SegmentBytes => MaxBytes == 0 ? 0 : Share - Header;

    /// <summary>The largest number of segments.</summary>
    public long Segments => MaxBytes == 0 ? 0 : MaxBytes / Share;

    // A power of two.
    private long Share
    {
        get
        {
            var share = (long)HistoryLayout.PositionsPerSegment;
            while (share > MaxBytes / LeastSegments)
            {
                share /= 2;
            }

            return share;
        }
    }

    public static HistoryLimits From(RedisBackplaneOptions options) => new(options.HistoryMaxBytes, options.HistoryTimeToLive);

    /// <summary>The share of one stream in the limits of all streams.</summary>
    public HistoryLimits PerStream(int streams) => this with { MaxBytes = MaxBytes == 0 ? 0 : Math.Max(LeastBytes, MaxBytes / streams) };
}
