using System.Diagnostics;
using HdrHistogram;

namespace RedisBackplane.Tool.Benchmarking;

/// <summary>Records durations. Thread-safe.</summary>
internal sealed class LatencyRecord
{
    private const int SignificantDigits = 3;
    private static readonly long Longest = 60 * Stopwatch.Frequency;

    private readonly LongConcurrentHistogram _times = new(1, Longest, SignificantDigits);

    /// <param name="timestamps">A difference of two <see cref="Stopwatch"/> timestamps.</param>
    public void Add(long timestamps) => _times.RecordValue(Math.Clamp(timestamps, 1, Longest));

    /// <summary>A percentile in milliseconds; 0 if nothing was recorded.</summary>
    public double Percentile(double percentile) =>
        _times.TotalCount == 0 ? 0 : _times.GetValueAtPercentile(percentile) * 1000.0 / Stopwatch.Frequency;
}
