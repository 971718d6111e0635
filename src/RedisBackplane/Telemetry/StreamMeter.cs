namespace RedisBackplane.Telemetry;

/// <summary>
/// The histograms of one stream: written to once for each batch, frame or catch-up, and only while somebody listens. Thread-safe.
/// </summary>
internal sealed class StreamMeter
{
    public StreamMeter(MetricTags tags) => Tags = tags;

    public MetricTags Tags { get; }

    /// <summary>Whether <see cref="BatchStored"/> is worth calling.</summary>
    public static bool IsMeasuringBatches =>
        BackplaneMeter.PublishDuration.Enabled || BackplaneMeter.BatchMessages.Enabled || BackplaneMeter.BatchSize.Enabled;

    /// <summary>Whether <see cref="FrameReceived"/> is worth calling.</summary>
    public static bool IsMeasuringFrames => BackplaneMeter.Latency.Enabled;

    public void BatchStored(TimeSpan duration, int messages, int bytes)
    {
        BackplaneMeter.PublishDuration.Record(duration.TotalSeconds, Tags.Publish);
        BackplaneMeter.BatchMessages.Record(messages, Tags.Common);
        BackplaneMeter.BatchSize.Record(bytes, Tags.Common);
    }

    /// <param name="microseconds">Since the publisher closed the batch, by two clocks.</param>
    public void FrameReceived(long microseconds) => BackplaneMeter.Latency.Record(Math.Max(0, microseconds) / 1e6, Tags.Common);

    public void CaughtUp(TimeSpan duration) => BackplaneMeter.CatchUpDuration.Record(duration.TotalSeconds, Tags.Common);
}
