namespace RedisBackplane.Redis.Stream;

/// <summary>How much Redis keeps for catching up, and for how long after the last message.</summary>
/// <param name="MaxBytes">0 for no history.</param>
/// <param name="TimeToLive">How long a record is kept at least; about twice as long at most.</param>
internal readonly record struct HistoryLimits(long MaxBytes, TimeSpan TimeToLive)
{
    private const long LeastBytes = 64 * 1024;
    private const int LeastSegments = 16;

    // What a string of a power of two bytes would cost beyond it: its header would take it into the allocator's next
    // size, 25 % up.
    private const int Header = 64;

    /// <summary>
    /// Bytes of one segment of the log; 0 for no history. A sixteenth of the history and 1 MiB at most, so that its
    /// first allocation does not hold up Redis.
    /// </summary>
    public long SegmentBytes => MaxBytes == 0 ? 0 : Share - Header;

    /// <summary>How many segments there may be.</summary>
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
