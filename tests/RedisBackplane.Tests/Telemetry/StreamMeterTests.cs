using RedisBackplane.Tests.Publishing;

namespace RedisBackplane.Tests.Telemetry;

/// <summary>The histograms, and the values that the rooms record.</summary>
public sealed class StreamMeterTests : IDisposable
{
    private const string PublishDuration = "messaging.client.operation.duration";
    private const string CatchUp = "redis_backplane.receive.catch_up.duration";
    private const string Latency = "redis_backplane.receive.latency";

    private readonly string _appName = "metrics-" + Guid.NewGuid().ToString("N");
    private readonly RecordedMetrics _reader;
    private readonly StreamMeter _meter;
    private readonly RecordedSink _inner = new();
    private readonly TrackedTime _time = new();
    private readonly RecordedLogger _logger = new();

    public StreamMeterTests()
    {
        _reader = new RecordedMetrics(_appName);
        _meter = new StreamMeter(_appName, new MetricTags(_appName, 0, 3), _logger);
    }

    public void Dispose() => _reader.Dispose();

    [Fact]
    public async Task Publisher_BatchStored_RecordsItsTimeAndSizeOnce()
    {
        using var harness = new PublisherHarness(meter: _meter, open: false);
        var publishes = harness.PublishMany(1, 3);
        harness.Time.Advance(TimeSpan.FromMilliseconds(250));
        harness.Publisher.Open();
        var call = Assert.Single(harness.Calls);
        harness.Time.Advance(TimeSpan.FromMilliseconds(500));
        call.Stored();
        await Task.WhenAll(publishes).Bounded();

        await Eventually.BecomesTrueAsync(() => _reader.Recorded.Count == 3, "three histograms got one measurement each");
        Assert.Equal(0.75, Assert.Single(_reader.RecordedBy(PublishDuration)), 3);
        Assert.Equal(3, Assert.Single(_reader.RecordedBy("redis_backplane.publish.batch.messages")));
        Assert.Equal(harness.Counters.SentBytes.Value, Assert.Single(_reader.RecordedBy("redis_backplane.publish.batch.size")));
        Assert.All(_reader.Recorded, reading => Assert.Equal("3", reading.Tags[MetricTags.Partition]));
        var publish = _reader.Recorded.Single(reading => reading.Name == PublishDuration).Tags;
        Assert.Equal(
            ("redis", "publish", "send"),
            (publish[MetricTags.System], publish[MetricTags.OperationName], publish[MetricTags.OperationType]));
    }

    [Fact]
    public async Task Publisher_AListenerThatThrows_IsToldOnceAndThePublishesEnd()
    {
        using var listener = new System.Diagnostics.Metrics.MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Name == PublishDuration)
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((_, _, tags, _) =>
        {
            foreach (var tag in tags)
            {
                if (Equals(tag.Value, _appName))
                {
                    throw new InvalidOperationException("no");
                }
            }
        });
        listener.Start();
        using var harness = new PublisherHarness(meter: _meter);
        harness.Sender.Answer = _ => new BatchReply(BatchOutcome.Stored, 1);

        await harness.Publish("1").Bounded();
        await harness.Publish("2").Bounded();

        Assert.Single(_logger.Of(1011));
    }

    [Fact]
    public async Task Publisher_BatchTriedAgain_RecordsTheWholeTimeOnce()
    {
        using var harness = new PublisherHarness(meter: _meter);
        var publish = harness.Publish("1");
        harness.Calls[0].Fail();
        harness.PassRetry();
        harness.Calls[1].Stored();
        await publish.Bounded();

        await Eventually.BecomesTrueAsync(() => _reader.RecordedBy(PublishDuration).Any(), "the publish is recorded");
        Assert.Equal(1.25, Assert.Single(_reader.RecordedBy(PublishDuration)), 3);
    }

    [Fact]
    public void Sink_FrameAfterTheStart_RecordsHowLateItIs()
    {
        var sink = new ObservedSink(_inner, _meter, _time);
        sink.Append(Sent(ago: TimeSpan.FromHours(1), first: 1));
        sink.Start(1);
        Assert.Empty(_reader.RecordedBy(Latency));

        sink.Append(Sent(ago: TimeSpan.FromMilliseconds(30), first: 2));
        sink.Append(Sent(ago: TimeSpan.FromSeconds(-5), first: 3));

        Assert.Equal([0.03, 0], _reader.RecordedBy(Latency));
        Assert.Equal([1, 2, 3], _inner.FirstIds);
    }

    [Fact]
    public async Task Receiver_CaughtUp_RecordsHowLongItTook()
    {
        using var receiver = Receiver(() => _time.Advance(TimeSpan.FromSeconds(3)));

        receiver.OnConnectionChanged();

        await Eventually.BecomesTrueAsync(() => _reader.RecordedBy(CatchUp).Any(), "the time is recorded");
        Assert.Equal(3, Assert.Single(_reader.RecordedBy(CatchUp)), 3);
    }

    [Fact]
    public async Task Receiver_CaughtUpAtTheSecondAttempt_RecordsNotWhatTheFirstTook()
    {
        var attempts = 0;
        using var receiver = Receiver(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(++attempts));
            if (attempts == 1)
            {
                throw new InvalidOperationException("away");
            }
        });

        receiver.OnConnectionChanged();
        await Eventually.BecomesTrueAsync(() => _time.ArmedTimers > 0, "the next attempt waits");
        _time.Advance(TimeSpan.FromMinutes(1));

        await Eventually.BecomesTrueAsync(() => _reader.RecordedBy(CatchUp).Any(), "the time is recorded");
        Assert.Equal(2, Assert.Single(_reader.RecordedBy(CatchUp)), 3);
    }

    private StreamReceiver Receiver(Action subscribe) =>
        new(TestStream.Context(time: _time, meter: _meter), new SlowSource(subscribe), _inner, new ReceiveCounters());

    private Frame Sent(TimeSpan ago, ulong first) =>
        Frames.Create(first - 1, first, sentAt: UnixTime.Microseconds(_time.GetUtcNow() - ago));

    private sealed class SlowSource(Action subscribe) : IStreamSource
    {
        bool IStreamSource.HasHistory => true;

        Task IStreamSource.SubscribeAsync(Func<Action<byte[]>> listen)
        {
            subscribe();
            return Task.CompletedTask;
        }

        FrameAssembly IStreamSource.CreateAssembly() => new();

        Task<HistoryPage> IStreamSource.ReadAsync(ulong after, HistoryPosition from) =>
            Task.FromResult(new HistoryPage(0, []));
    }
}
