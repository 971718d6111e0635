using RedisBackplane.Publishing;
using RedisBackplane.Receiving;

namespace RedisBackplane.Telemetry;

/// <summary>What the instruments read of one stream.</summary>
internal sealed class StreamMetrics(
    StreamMeter meter, PublishCounters sent, ReceiveCounters received, QueueBudget queue, Func<bool> isOpen)
{
    private readonly QueueBudget _queue = queue;
    private readonly Func<bool> _isOpen = isOpen;

    public MetricTags Tags { get; } = meter.Tags;

    public PublishCounters Sent { get; } = sent;

    public ReceiveCounters Received { get; } = received;

    public bool IsOpen => _isOpen();

    /// <summary>
    /// How full the queue of all streams is, by messages or by bytes, whichever is more; from 0 to 1.
    /// </summary>
    public double QueueUtilization => _queue.Usage;
}
