namespace RedisBackplane.Redis.Stream;

/// <summary>The record of a publisher in Redis: the number of its last batch.</summary>
internal static class PublisherRecord
{
    private static readonly TimeSpan LeastTimeToLive = TimeSpan.FromMinutes(10);

    /// <summary>How long Redis keeps it: longer than a publisher tries to send one batch.</summary>
    public static TimeSpan TimeToLive(TimeSpan publishTimeout) =>
        TimeSpan.FromTicks(Math.Max(LeastTimeToLive.Ticks, 2 * publishTimeout.Ticks));
}
