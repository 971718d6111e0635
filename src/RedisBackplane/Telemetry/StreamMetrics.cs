using RedisBackplane.Publishing;
using RedisBackplane.Receiving;

namespace RedisBackplane.Telemetry;

/// <summary>What the instruments read of one stream.</summary>
internal sealed class StreamMetrics(
    StreamMeter meter, PublishCounters sent, ReceiveCounters received, QueueBudget queue, Func<bool> isOpen)
{
    public MetricTags Tags { get; } = meter.Tags;

    public PublishCounters Sent { get; } = sent;

    public ReceiveCounters Received { get; } = received;

    public bool IsOpen => isOpen();

    /// <summary>
    /// How full the queue of all streams is, by messages or by bytes, whichever is more; from 0 to 1.
    /// </summary>
    public double QueueUtilization => queue.Usage;
}
