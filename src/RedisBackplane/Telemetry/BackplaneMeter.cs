using System.Diagnostics.Metrics;

namespace RedisBackplane.Telemetry;

/// <summary>
/// The meter and its histograms. <see cref="BackplaneObservables"/> reads everything that is counted anyway.
/// docs/metrics.md documents the meter, and a test compares both. One meter serves all buses of the process: exporters
/// treat two meters with one name as one, and the disposal of either would end both. A histogram is null if a listener
/// of the application threw while it was created.
/// </summary>
internal static class BackplaneMeter
{
    public static readonly Meter Meter = new(BackplaneTelemetry.MeterName, BackplaneTelemetry.Version);

    public static readonly Histogram<double>? PublishDuration = Histogram(
        "messaging.client.operation.duration",
        "s",
        "From the first message of a batch to the answer of Redis that stored it, retries included. One measurement for each batch.",
        Seconds);

    public static readonly Histogram<long>? BatchMessages = Histogram<long>(
        "redis_backplane.publish.batch.messages",
        "{message}",
        "Messages in a batch that Redis stored.",
        [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 4096]);

    public static readonly Histogram<long>? BatchSize = Histogram<long>(
        "redis_backplane.publish.batch.size",
        "By",
        "Bytes of a batch that Redis stored.",
        [256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216]);

    public static readonly Histogram<double>? Latency = Histogram(
        "redis_backplane.receive.latency",
        "s",
        "From the sender's closing of a batch, by the sender's clock, to its place in this server's log, by this server's: "
        + "the difference of the clocks is in it, and what would be "
        + "negative counts as 0. One measurement for each frame, those fetched from the history included.",
        Seconds);

    public static readonly Histogram<double>? CatchUpDuration = Histogram(
        "redis_backplane.receive.catch_up.duration",
        "s",
        "How long it took to subscribe and to fetch what was missed: after a connection, a gap or a silence. Attempts that failed are "
        + "not in it.",
        Seconds);

    public static readonly LiveSet<BusMetrics> Buses = new();

    static BackplaneMeter() => BackplaneObservables.Create(Meter, Buses);

    private static double[] Seconds => [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

    // If the meter cannot advise buckets (.NET Framework with the lowest supported DiagnosticSource), the application
    // chooses them with a view: docs/metrics.md.
    private static Histogram<T>? Histogram<T>(string name, string unit, string description, T[] boundaries)
        where T : struct =>
        ListenerGuard.OfProcess.Make(() =>
#if NET
            Meter.CreateHistogram(name, unit, description, tags: null, new InstrumentAdvice<T> { HistogramBucketBoundaries = boundaries }));
#else
            Meter.CreateHistogram<T>(name, unit, description));
#endif
}
