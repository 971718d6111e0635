using RedisBackplane.Publishing;
using RedisBackplane.Receiving;

namespace RedisBackplane.Telemetry;

/// <summary>What instruments read of one stream.</summary>
internal sealed class StreamMetrics
{
    private readonly int _maxQueueMessages;
    private readonly long _maxQueueBytes;
    private readonly Func<bool> _isOpen;

    public StreamMetrics(
        StreamMeter meter, PublishCounters sent, ReceiveCounters received, int maxQueueMessages, long maxQueueBytes, Func<bool> isOpen)
    {
        Tags = meter.Tags;
        Sent = sent;
        Received = received;
        _maxQueueMessages = maxQueueMessages;
        _maxQueueBytes = maxQueueBytes;
        _isOpen = isOpen;
    }

    public MetricTags Tags { get; }

    public PublishCounters Sent { get; }

    public ReceiveCounters Received { get; }

    public bool IsOpen => _isOpen();

    /// <summary>By messages or by bytes, whichever is fuller; from 0 to 1.</summary>
    public double QueueUtilization =>
        Math.Min(1, Math.Max((double)Sent.QueueMessages / _maxQueueMessages, (double)Sent.QueueBytes / _maxQueueBytes));
}
