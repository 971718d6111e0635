namespace RedisBackplane.Publishing;

/// <summary>
/// The limits of a <see cref="Publisher"/>; <see cref="RedisBackplaneOptions"/> has their meanings and units.
/// </summary>
internal sealed record PublisherLimits
{
    private const int PartOfHistory = 4;
    private const int LeastBatchBytes = 16 * 1024;

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

    /// <summary>0 for no history.</summary>
    public long HistoryMaxBytes { get; init; }

    /// <summary>What the queues of all streams may hold together; null for one queue alone.</summary>
    public QueueBudget? SharedQueue { get; init; }

    /// <summary>
    /// How long a waiting batch stays open. A message shares the task of the oldest one in its batch, and can time out
    /// early by this much.
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
        HistoryMaxBytes = options.HistoryMaxBytes,
    };

    /// <summary>
    /// The limits of one stream: its share of the kept messages, and the queue that all streams share. A small history
    /// makes batches smaller: one that does not fit into it would not be kept.
    /// </summary>
    public PublisherLimits PerStream(int streams, QueueBudget queue) => this with
    {
        MaxBatchBytes = HistoryMaxBytes == 0
            ? MaxBatchBytes
            : (int)Math.Min(MaxBatchBytes, Math.Max(LeastBatchBytes, HistoryMaxBytes / streams / PartOfHistory)),
        RepublishMaxBytes = RepublishMaxBytes / streams,
        SharedQueue = queue,
    };
}
