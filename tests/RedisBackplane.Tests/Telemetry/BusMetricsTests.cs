using Microsoft.AspNet.SignalR;

namespace RedisBackplane.Tests.Telemetry;

/// <summary>What the meter reports about buses.</summary>
public sealed class BusMetricsTests : IDisposable
{
    private readonly string _appName = "metrics-" + Guid.NewGuid().ToString("N");
    private readonly RecordedMetrics _reader;

    public BusMetricsTests() => _reader = new RecordedMetrics(_appName);

    public void Dispose() => _reader.Dispose();

    [Fact]
    public void Bus_WithoutRedis_SaysWhatWaitsAndThatItIsNotOpen()
    {
        using var bus = Create();

        _ = bus.Publish(new Message("source", "key", "value"));

        Assert.Equal(1, Value("redis_backplane.queue.messages"));
        Assert.Equal(bus.Status.QueueBytes, Value("redis_backplane.queue.size"));
        Assert.Equal(0.25, Value("redis_backplane.queue.utilization"));
        Assert.Equal(0, Value("redis_backplane.stream.open"));
        Assert.Equal(0, Value("messaging.client.sent.messages"));
    }

    [Fact]
    public void Bus_FullQueue_CountsTheRefusalByItsReason()
    {
        using var bus = Create();

        for (var i = 0; i < 6; i++)
        {
            _ = bus.Publish(new Message("source", "key", "value"));
        }

        Assert.Equal(1, Value("redis_backplane.queue.utilization"));
        Assert.Equal(
            ["dropped 0", "rejected 2", "timed_out 0"],
            _reader.Read().Where(reading => reading.Name == "redis_backplane.publish.failed")
                .Select(reading => $"{reading.Tags[MetricTags.ErrorType]} {reading.Value}").OrderBy(text => text, StringComparer.Ordinal));
    }

    [Fact]
    public void Dispose_OneOfTwoBuses_TakesItsMeasurementsAwayAndNoOthers()
    {
        var first = Create();
        using var second = Create();
        Assert.Equal(["0", "1"], Instances());

        first.Dispose();
        Assert.Equal(["1"], Instances());

        using var third = Create();
        Assert.Equal(["0", "1"], Instances());
    }

    [Fact]
    public void Measurements_OfEveryInstrument_HaveFewAttributesThatNameBusAndStream()
    {
        using var bus = Create();

        Assert.All(_reader.Read(), reading =>
        {
            Assert.Equal("0", reading.Tags[MetricTags.Instance]);
            Assert.True(!reading.Tags.TryGetValue(MetricTags.Partition, out var stream) || Equals(stream, "0"));
            Assert.InRange(reading.Tags.Count, 2, 6);
        });
    }

    private RedisMessageBus Create() => new(
        new DefaultDependencyResolver(),
        new RedisBackplaneOptions
        {
            AppName = _appName,
            ConnectionFactory = AwayRedis.ConnectAsync,
            ShutdownTimeout = TimeSpan.Zero,
            MaxQueueMessages = 4,
        });

    private double Value(string name) => Assert.Single(_reader.Read(), reading => reading.Name == name).Value;

    private IEnumerable<object?> Instances() =>
        _reader.Read().Select(reading => reading.Tags[MetricTags.Instance]).Distinct().OrderBy(number => number);
}
