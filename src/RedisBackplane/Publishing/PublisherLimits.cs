namespace RedisBackplane.Publishing;

/// <summary>What a <see cref="Publisher"/> may hold and how long; see <see cref="RedisBackplaneOptions"/> for meanings and units.</summary>
internal sealed record PublisherLimits(
    int MaxBatchMessages,
    int MaxBatchBytes,
    int MaxCallsInFlight,
    int MaxQueueMessages,
    long MaxQueueBytes,
    TimeSpan PublishTimeout)
{
    /// <summary>
    /// How long a waiting batch takes messages. It bounds by how much a message can be timed out early for sharing the task of an older one.
    /// </summary>
    public TimeSpan BatchWindow => TimeSpan.FromTicks(Math.Min(PublishTimeout.Ticks / 20, TimeSpan.TicksPerSecond / 4));

    public static PublisherLimits From(RedisBackplaneOptions options) => new(
        options.MaxBatchMessages,
        options.MaxBatchBytes,
        options.MaxCallsInFlight,
        options.MaxQueueMessages,
        options.MaxQueueBytes,
        options.PublishTimeout);
}
