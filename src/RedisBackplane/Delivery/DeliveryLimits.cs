namespace RedisBackplane.Delivery;

/// <summary>
/// How much the delivery rooms may hold, and how long. <see cref="RedisBackplaneOptions"/> has meanings and units.
/// </summary>
internal sealed record DeliveryLimits(int MaxLogMessages, long MaxLogBytes)
{
    /// <summary>
    /// How long a key stays indexed after its last subscriber left: long polling subscribes again for every message.
    /// </summary>
    public TimeSpan KeyLinger { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The most keys of a stream that stay indexed without a subscriber. The oldest one is removed first.
    /// </summary>
    public int MaxLingeringKeys { get; init; } = 65_536;

    /// <summary>
    /// A batch ends when the frames that its messages refer to have this many bytes together. A slow client keeps these
    /// frames alive until it has taken the batch, even if the buffer has dropped them.
    /// </summary>
    public int MaxPinnedBytes { get; init; } = 1024 * 1024;

    /// <summary>
    /// The largest difference between the clocks of two servers at which a valid cursor is never rejected.
    /// </summary>
    public TimeSpan ClockTolerance { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long intake waits for subscriptions that lack CPU, before they lose messages. A subscription works through a
    /// buffer of the default size in a fraction of this time; one that needs longer is stuck.
    /// </summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// For how long a publisher of the farm may send a batch again. Another server may allow more than this one.
    /// </summary>
    public TimeSpan LongestRetry { get; init; } = TimeSpan.FromMinutes(5);

    public static DeliveryLimits From(RedisBackplaneOptions options)
    {
        // Until it is stored, and again if Redis loses it.
        var retry = options.PublishTimeout + options.RepublishWindow;
        var limits = new DeliveryLimits(options.MaxLogMessages, options.MaxLogBytes);
        return retry > limits.LongestRetry ? limits with { LongestRetry = retry } : limits;
    }

    /// <summary>The share of one stream in the limits of all streams.</summary>
    public DeliveryLimits PerStream(int streamCount) => this with
    {
        MaxLogMessages = Math.Max(1, MaxLogMessages / streamCount),
        MaxLogBytes = Math.Max(1, MaxLogBytes / streamCount),
    };
}
