#if NET
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace RedisBackplane.Tests.Telemetry;

/// <summary>What an application that exports the meter with OpenTelemetry gets.</summary>
public sealed class OpenTelemetryTests : IDisposable
{
    private readonly string _appName = "metrics-" + Guid.NewGuid().ToString("N");
    private readonly List<MetricSnapshot> _exported = [];
    private readonly MeterProvider _provider;
    private readonly BusMetrics _bus;

    public OpenTelemetryTests()
    {
        _provider = Sdk.CreateMeterProviderBuilder().AddMeter(BackplaneTelemetry.MeterName).AddInMemoryExporter(_exported).Build();
        _bus = new BusMetrics(_appName, () => 47);
    }

    public void Dispose()
    {
        _bus.Dispose();
        _provider.Dispose();
    }

    [Fact]
    public void EveryInstrument_ExportedInMemory_HasTheValueOfItsCounter()
    {
        var meter = _bus.CreateMeter(0, new RecordedLogger());
        _bus.Start(Delivery(), [new StreamMetrics(meter, Sent(), Received(), Queue(), () => true)]);
        meter.BatchStored(TimeSpan.FromMilliseconds(4), 10, 2000);
        meter.FrameReceived(70_000);
        meter.CaughtUp(TimeSpan.FromSeconds(2));

        _provider.ForceFlush();

        Assert.Equal(
            [
                "messaging.client.consumed.messages {message} 31",
                "messaging.client.operation.duration s 1 x 0.004, buckets to 30",
                "messaging.client.sent.messages {message} 11",
                "redis_backplane.delivery.backfills {scan} 4",
                "redis_backplane.delivery.failures {frame} 1",
                "redis_backplane.delivery.foreign_cursors {cursor} 3",
                "redis_backplane.delivery.messages {message} 33",
                "redis_backplane.delivery.overruns {overrun} 2",
                "redis_backplane.keys {key} 37",
                "redis_backplane.log.messages {message} 34",
                "redis_backplane.log.size By 35",
                "redis_backplane.publish.already_stored {batch} 1",
                "redis_backplane.publish.batch.messages {message} 1 x 10, buckets to 4096",
                "redis_backplane.publish.batch.size By 1 x 2000, buckets to 16777216",
                "redis_backplane.publish.failed {message} dropped 15",
                "redis_backplane.publish.failed {message} rejected 1",
                "redis_backplane.publish.failed {message} timed_out 14",
                "redis_backplane.publish.io By 13",
                "redis_backplane.publish.republished {message} 16",
                "redis_backplane.publish.retries {call} 2",
                "redis_backplane.queue.messages {message} 100",
                "redis_backplane.queue.size By 250000",
                "redis_backplane.queue.utilization {queue} 0.25",
                "redis_backplane.receive.catch_up.duration s 1 x 2, buckets to 30",
                "redis_backplane.receive.dropped {frame} backlog 7",
                "redis_backplane.receive.dropped {frame} held 8",
                "redis_backplane.receive.frames {frame} accepted 2",
                "redis_backplane.receive.frames {frame} duplicate 3",
                "redis_backplane.receive.frames {frame} foreign 5",
                "redis_backplane.receive.frames {frame} malformed 4",
                "redis_backplane.receive.frames {frame} unauthenticated 6",
                "redis_backplane.receive.gaps {gap} filled 1",
                "redis_backplane.receive.gaps {gap} unfilled 2",
                "redis_backplane.receive.jumps {jump} 1",
                "redis_backplane.receive.latency s 1 x 0.07, buckets to 30",
                "redis_backplane.receive.lost {message} 22",
                "redis_backplane.receive.pauses {pause} 6",
                "redis_backplane.receive.replayed {message} 21",
                "redis_backplane.receive.unheard {message} 32",
                "redis_backplane.reconnects {reconnect} 47",
                "redis_backplane.stream.open {stream} 1",
                "redis_backplane.subscriptions {subscription} 36",
            ],
            Exported().OrderBy(line => line, StringComparer.Ordinal));
    }

    [Fact]
    public void EveryInstrument_OfTheMeter_IsAmongThoseThatTheTestAboveReads()
    {
        using var reader = new RecordedMetrics(_appName);
        EveryInstrument_ExportedInMemory_HasTheValueOfItsCounter();

        Assert.Equal(
            reader.Instruments.Select(instrument => instrument.Name).OrderBy(name => name, StringComparer.Ordinal),
            Exported().Select(line => line.Split(' ')[0]).Distinct().OrderBy(name => name, StringComparer.Ordinal));
    }

    private static QueueBudget Queue()
    {
        var queue = new QueueBudget(1000, 1_000_000, 1);
        queue.Change(100, 250_000);
        return queue;
    }

    private static PublishCounters Sent()
    {
        var sent = new PublishCounters(new FakeCounters());
        sent.Sent(11, 13, storedBefore: true);
        sent.Interrupted(isError: false);
        sent.Interrupted(isError: true);
        sent.Rejected();
        sent.TimedOutMessages.Add(14);
        sent.DroppedMessages.Add(15);
        sent.ReplayedMessages.Add(16);
        sent.Queued(100, 250_000);
        return sent;
    }

    private static ReceiveCounters Received()
    {
        var received = new ReceiveCounters();
        received.Frames.Add(2);
        received.Duplicates.Add(3);
        received.Malformed.Add(4);
        received.Foreign.Add(5);
        received.Unauthenticated.Add(6);
        received.Pauses.Add(6);
        received.DroppedBacklog.Add(7);
        received.DroppedHeld.Add(8);
        received.GapFilled(21);
        received.GapUnfilled(20);
        received.GapUnfilled(2);
        received.Jumps.Add();
        received.Failed.Add();
        return received;
    }

    private static DeliveryCounters Delivery()
    {
        var delivery = new DeliveryCounters(new FakeCounters());
        delivery.Received(31, 32);
        delivery.DeliveredMessages.Add(33);
        delivery.Overruns.Add(2);
        delivery.ForeignCursors.Add(3);
        delivery.Backfills.Add(4);
        delivery.LogChanged(34, 35);
        delivery.Subscriptions.Add(36);
        delivery.IndexedKeysChanged(37);
        return delivery;
    }

    private IEnumerable<string> Exported() =>
        from metric in _exported
        from point in metric.MetricPoints
        let tags = Tags(point)
        where Equals(tags[MetricTags.Destination], _appName)
        let names = new[] { MetricTags.ErrorType, MetricTags.Outcome, MetricTags.Reason }
        let which = names.Select(name => tags.GetValueOrDefault(name)).FirstOrDefault(tag => tag is not null)
        select $"{metric.Name} {metric.Unit} {(which is null ? string.Empty : which + " ")}{Value(metric, point)}";

    private static Dictionary<string, object?> Tags(in MetricPoint point)
    {
        var tags = new Dictionary<string, object?>();
        foreach (var tag in point.Tags)
        {
            tags.Add(tag.Key, tag.Value);
        }

        return tags;
    }

    private static string Value(MetricSnapshot metric, MetricPoint point) => metric.MetricType switch
    {
        MetricType.LongSum => FormattableString.Invariant($"{point.GetSumLong()}"),
        MetricType.LongSumNonMonotonic => FormattableString.Invariant($"{point.GetSumLong()}"),
        MetricType.DoubleGauge => FormattableString.Invariant($"{point.GetGaugeLastValueDouble()}"),
        MetricType.Histogram => FormattableString.Invariant(
            $"{point.GetHistogramCount()} x {point.GetHistogramSum()}, buckets to {LastBound(point)}"),
        _ => throw new InvalidOperationException($"{metric.Name} is a {metric.MetricType}."),
    };

    private static double LastBound(in MetricPoint point)
    {
        var last = 0.0;
        foreach (var bucket in point.GetHistogramBuckets())
        {
            last = double.IsInfinity(bucket.ExplicitBound) ? last : bucket.ExplicitBound;
        }

        return last;
    }
}
#endif
