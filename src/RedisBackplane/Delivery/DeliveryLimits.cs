namespace RedisBackplane.Delivery;

/// <summary>
/// How much the delivery rooms may hold, and how long; see <see cref="RedisBackplaneOptions"/> for meanings and units.
/// </summary>
internal sealed record DeliveryLimits(int MaxLogMessages, long MaxLogBytes)
{
    /// <summary>
    /// How long a key stays indexed after its last subscriber: long polling subscribes anew for every message.
    /// </summary>
    public TimeSpan KeyLinger { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The most keys of a stream that stay indexed without a subscriber; the one that has waited longest goes first.
    /// </summary>
    public int MaxLingeringKeys { get; init; } = 65_536;

    /// <summary>
    /// A batch ends when the frames that its messages share bytes with add up to this: a slow client keeps them alive
    /// until it has taken the batch, although the log may have dropped them.
    /// </summary>
    public int MaxPinnedBytes { get; init; } = 1024 * 1024;

    /// <summary>
    /// By how much the clocks of two servers may differ before a cursor is wrongly taken for one that cannot be.
    /// </summary>
    public TimeSpan ClockTolerance { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long what comes in waits for subscriptions that this server has no time for, before they lose messages. A
    /// log of the default size is worked through in a fraction of it; who needs longer is stuck.
    /// </summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);

    public static DeliveryLimits From(RedisBackplaneOptions options) => new(options.MaxLogMessages, options.MaxLogBytes);

    /// <summary>The share of one stream in what all streams may hold together.</summary>
    public DeliveryLimits PerStream(int streamCount) => this with
    {
        MaxLogMessages = Math.Max(1, MaxLogMessages / streamCount),
        MaxLogBytes = Math.Max(1, MaxLogBytes / streamCount),
    };
}
