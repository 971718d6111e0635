using RedisBackplane.Publishing;
using RedisBackplane.Receiving;

namespace RedisBackplane.Telemetry;

/// <summary>What instruments read of one stream.</summary>
internal sealed class StreamMetrics(
    StreamMeter meter, PublishCounters sent, ReceiveCounters received, int maxQueueMessages, long maxQueueBytes, Func<bool> isOpen)
{
    private readonly int _maxQueueMessages = maxQueueMessages;
    private readonly long _maxQueueBytes = maxQueueBytes;
    private readonly Func<bool> _isOpen = isOpen;

    public MetricTags Tags { get; } = meter.Tags;

    public PublishCounters Sent { get; } = sent;

    public ReceiveCounters Received { get; } = received;

    public bool IsOpen => _isOpen();

    /// <summary>By messages or by bytes, whichever is fuller; from 0 to 1.</summary>
    public double QueueUtilization =>
        Math.Min(1, Math.Max((double)Sent.QueueMessages / _maxQueueMessages, (double)Sent.QueueBytes / _maxQueueBytes));
}
