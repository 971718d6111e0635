namespace RedisBackplane.Publishing;

/// <summary>What a <see cref="Publisher"/> may hold and how long; see <see cref="RedisBackplaneOptions"/> for meanings and units.</summary>
internal sealed record PublisherLimits
{
    public required int MaxBatchMessages { get; init; }

    public required int MaxBatchBytes { get; init; }

    public required int MaxMessageBytes { get; init; }

    public required int MaxCallsInFlight { get; init; }

    public required int MaxQueueMessages { get; init; }

    public required long MaxQueueBytes { get; init; }

    public required QueuePolicy QueuePolicy { get; init; }

    public required TimeSpan PublishTimeout { get; init; }

    public required long RepublishMaxBytes { get; init; }

    public required TimeSpan RepublishWindow { get; init; }

    /// <summary>
    /// How long a waiting batch takes messages. It bounds by how much a message can be timed out early for sharing the task of an older
    /// one.
    /// </summary>
    public TimeSpan BatchWindow => TimeSpan.FromTicks(Math.Min(PublishTimeout.Ticks / 20, TimeSpan.TicksPerSecond / 4));

    public static PublisherLimits From(RedisBackplaneOptions options) => new()
    {
        MaxBatchMessages = options.MaxBatchMessages,
        MaxBatchBytes = options.MaxBatchBytes,
        MaxMessageBytes = options.MaxMessageBytes,
        MaxCallsInFlight = options.MaxCallsInFlight,
        MaxQueueMessages = options.MaxQueueMessages,
        MaxQueueBytes = options.MaxQueueBytes,
        QueuePolicy = options.QueuePolicy,
        PublishTimeout = options.PublishTimeout,
        RepublishMaxBytes = options.RepublishMaxBytes,
        RepublishWindow = options.RepublishWindow,
    };

    /// <summary>The share of one stream in what all streams may hold together.</summary>
    public PublisherLimits PerStream(int streams) => this with
    {
        MaxQueueMessages = Math.Max(1, MaxQueueMessages / streams),
        MaxQueueBytes = Math.Max(1, MaxQueueBytes / streams),
        RepublishMaxBytes = RepublishMaxBytes / streams,
    };
}
