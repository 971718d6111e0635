using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace RedisBackplane.IntegrationTests.Diagnostics;

/// <summary>Two servers on a real Redis, and what OpenTelemetry exports of them.</summary>
[Collection(nameof(Alone)), Trait("Runs", "alone")]
public sealed class TelemetryTests : IAsyncLifetime
{
    private const int Messages = 100;

    private readonly string _appName = AppNames.Unique("telemetry");
    private string _connectionString = null!;

    public async Task InitializeAsync() => _connectionString = (await RedisTestServer.GetSharedAsync()).ConnectionString;

    public Task DisposeAsync() => Task.CompletedTask;

    [RedisFact]
    public async Task Metrics_OfTwoServersThatTalk_SayWhatEachOfThemDid()
    {
        var exported = new List<MetricSnapshot>();
        using var provider = Sdk.CreateMeterProviderBuilder().AddMeter(BackplaneTelemetry.MeterName).AddInMemoryExporter(exported).Build();
        using var first = await StartAsync();
        using var second = await StartAsync();
        using var subscriber = second.Subscribe("key");

        await Eventually.CompletesAsync(
            Task.WhenAll(Payload.Numbered(Messages).Select(value => first.PublishAsync("key", value))), "all messages are stored");
        await subscriber.WaitForAsync(Messages);

        // A moment later: the first server receives them too, the histogram of a frame is written when its messages are
        // being delivered, that of the first catch-up when the server is connected, and after a late connection of the
        // client library the stream is checked again.
        var read = Read();
        await Eventually.BecomesTrueAsync(
            () =>
            {
                read = Read();
                return read.GetValueOrDefault("messaging.client.consumed.messages 0") == Messages
                    && read.GetValueOrDefault("redis_backplane.receive.latency 1") == read["redis_backplane.publish.batch.messages 0"]
                    && read.GetValueOrDefault("redis_backplane.receive.catch_up.duration 1") >= 1
                    && read.GetValueOrDefault("redis_backplane.stream.open 0") == 1
                    && read.GetValueOrDefault("redis_backplane.stream.open 1") == 1;
            },
            "everything is counted");
        Assert.Equal(Messages, read["messaging.client.sent.messages 0"]);
        Assert.Equal(0, read["messaging.client.sent.messages 1"]);
        Assert.Equal(Messages, read["messaging.client.consumed.messages 1"]);
        Assert.Equal(Messages, read["redis_backplane.receive.unheard 0"]);
        Assert.Equal(0, read["redis_backplane.receive.unheard 1"]);
        Assert.Equal(Messages, read["redis_backplane.delivery.messages 1"]);
        Assert.Equal(Messages, read["redis_backplane.log.messages 1"]);
        Assert.True(read["redis_backplane.log.size 1"] > 0);
        Assert.Equal(read["redis_backplane.subscriptions 0"] + 1, read["redis_backplane.subscriptions 1"]);
        Assert.Equal(0, read["redis_backplane.queue.messages 0"]);

        // As many batches as frames: each batch arrives as one frame.
        var batches = read["redis_backplane.publish.batch.messages 0"];
        Assert.InRange(batches, 1, Messages);
        Assert.Equal(batches, read["messaging.client.operation.duration 0"]);
        Assert.Equal(batches, read["redis_backplane.receive.frames accepted 1"]);

        first.Dispose();
        Assert.DoesNotContain(Read().Keys, name => name == "messaging.client.sent.messages 0");
        Assert.Contains(Read().Keys, name => name == "messaging.client.sent.messages 1");

        // By name, outcome and number of the bus: the value, or the number of measurements of a histogram.
        Dictionary<string, double> Read()
        {
            exported.Clear();
            provider.ForceFlush();
            var values =
                from metric in exported
                from point in metric.MetricPoints
                let tags = TagsOf(point)
                where Equals(tags["messaging.destination.name"], _appName)
                let which = tags.GetValueOrDefault("redis_backplane.outcome") ?? tags.GetValueOrDefault("redis_backplane.reason")
                    ?? tags.GetValueOrDefault("error.type")
                let name = $"{metric.Name} {which}".Trim() + " " + tags["redis_backplane.instance"]
                select new KeyValuePair<string, double>(name, ValueOf(metric, point));
            return values.ToDictionary(entry => entry.Key, entry => entry.Value);
        }
    }

    [RedisFact]
    public async Task Traces_OfAPublish_AreLinkedOnTheOtherServer()
    {
        var exported = new List<Activity>();
        using var provider = Sdk.CreateTracerProviderBuilder()
            .AddSource(BackplaneTelemetry.ActivitySourceName, nameof(TelemetryTests))
            .SetSampler(new AlwaysOnSampler())
            .AddInMemoryExporter(exported)
            .Build();
        using var source = new ActivitySource(nameof(TelemetryTests));
        using var first = await StartAsync();
        using var second = await StartAsync();
        using var subscriber = second.Subscribe("key");

        ActivityContext caller;
        using (var request = source.StartActivity("a request"))
        {
            caller = request!.Context;
            await Eventually.CompletesAsync(first.PublishAsync("key", "traced"), "the message is stored");
        }

        await subscriber.WaitForAsync(1);
        await Eventually.BecomesTrueAsync(
            () => Mine().Count(activity => activity.Kind == ActivityKind.Consumer) == 2
                && Mine().Any(activity => activity.Kind == ActivityKind.Producer),
            "the publish has ended, and both servers trace it");
        var publish = Assert.Single(Mine(), activity => activity.Kind == ActivityKind.Producer);
        Assert.Equal((caller.TraceId, caller.SpanId), (publish.TraceId, publish.ParentSpanId));
        Assert.All(Mine().Where(activity => activity.Kind == ActivityKind.Consumer), receive =>
        {
            var link = Assert.Single(receive.Links).Context;
            Assert.Equal((publish.TraceId, publish.SpanId), (link.TraceId, link.SpanId));
            Assert.NotEqual(publish.TraceId, receive.TraceId);
        });

        List<Activity> Mine()
        {
            provider.ForceFlush();
            return [.. exported.ToArray().Where(activity => activity.DisplayName.EndsWith(_appName, StringComparison.Ordinal))];
        }
    }

    private static Dictionary<string, object?> TagsOf(in MetricPoint point)
    {
        var tags = new Dictionary<string, object?>();
        foreach (var tag in point.Tags)
        {
            tags.Add(tag.Key, tag.Value);
        }

        return tags;
    }

    private static double ValueOf(MetricSnapshot metric, MetricPoint point) => metric.MetricType switch
    {
        MetricType.Histogram => point.GetHistogramCount(),
        MetricType.DoubleGauge => point.GetGaugeLastValueDouble(),
        _ => point.GetSumLong(),
    };

    private Task<TestServer> StartAsync() => TestServer.StartAsync(_connectionString, _appName);
}
