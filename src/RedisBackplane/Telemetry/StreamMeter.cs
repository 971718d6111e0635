using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace RedisBackplane.Telemetry;

/// <summary>
/// The histograms of one stream: written to once for each batch, frame or catch-up, and only while somebody listens. If
/// a listener of the application throws, this is logged once and has no other effect. Thread-safe.
/// </summary>
internal sealed class StreamMeter(string appName, MetricTags tags, ILogger logger)
{
    private int _hasFailed;

    public MetricTags Tags { get; } = tags;

    /// <summary>Whether <see cref="BatchStored"/> is worth calling.</summary>
    public static bool IsMeasuringBatches =>
        BackplaneMeter.PublishDuration?.Enabled == true
        || BackplaneMeter.BatchMessages?.Enabled == true
        || BackplaneMeter.BatchSize?.Enabled == true;

    /// <summary>Whether <see cref="FrameReceived"/> is worth calling.</summary>
    public static bool IsMeasuringFrames => BackplaneMeter.Latency?.Enabled == true;

    public void BatchStored(TimeSpan duration, int messages, int bytes)
    {
        Record(BackplaneMeter.PublishDuration, duration.TotalSeconds, Tags.Publish);
        Record(BackplaneMeter.BatchMessages, messages, Tags.Common);
        Record(BackplaneMeter.BatchSize, bytes, Tags.Common);
    }

    /// <param name="microseconds">The time since the publisher closed the batch, measured by two clocks.</param>
    public void FrameReceived(long microseconds) => Record(BackplaneMeter.Latency, Math.Max(0, microseconds) / 1e6, Tags.Common);

    public void CaughtUp(TimeSpan duration) => Record(BackplaneMeter.CatchUpDuration, duration.TotalSeconds, Tags.Common);

    /// <summary>A listener of the application threw.</summary>
    public void OnListenerFailed(Exception failure)
    {
        if (Interlocked.Exchange(ref _hasFailed, 1) == 0)
        {
            TelemetryLog.ListenerFailed(logger, failure, appName);
        }
    }

    private void Record<T>(Histogram<T>? histogram, T value, KeyValuePair<string, object?>[] tags)
        where T : struct
    {
        try
        {
            histogram?.Record(value, tags);
        }
        catch (Exception failure)
        {
            OnListenerFailed(failure);
        }
    }
}
