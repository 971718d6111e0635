#if NET
using System.Text.Json;
using System.Text.RegularExpressions;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace RedisBackplane.Tests.Documentation;

/// <summary>Compares the names for Prometheus (page, dashboard, alerts) with OpenTelemetry's exporter.</summary>
public sealed partial class PrometheusTests(PrometheusScrape scrape) : IClassFixture<PrometheusScrape>
{
    [Fact]
    public void Page_PrometheusColumn_HasTheNamesOfTheExporter() =>
        Assert.Equal(scrape.Metrics, MetricsPage.Rows.Select(row => row.Prometheus).Order(StringComparer.Ordinal));

    [Fact]
    public void Dashboard_Expressions_NameWhatIsExported() => AssertExported(Expressions());

    [Fact]
    public void Dashboard_Panels_ShowEveryMetricOfABus()
    {
        var shown = Expressions().SelectMany(Names).Select(Family).ToHashSet();

        Assert.Empty(scrape.Metrics.Where(name => !name.StartsWith("signalr_", StringComparison.Ordinal)).Except(shown));
    }

    [Fact]
    public void Dashboard_Panels_HaveNumbersAndTitlesOfTheirOwn()
    {
        Assert.Distinct(Panels().Select(panel => panel.GetProperty("id").GetInt32()));
        Assert.Distinct(Panels().Select(panel => panel.GetProperty("title").GetString()));
    }

    [Fact]
    public void Alerts_Expressions_NameWhatIsExported()
    {
        var page = Pages.Read("operations.md");
        var section = page[page.IndexOf("## Alerts", StringComparison.Ordinal)..page.IndexOf("## Log events", StringComparison.Ordinal)];
        var alerts = AlertRow().Matches(section).Select(match => match.Groups[1].Value).ToList();

        Assert.True(alerts.Count >= 10, $"The page has {alerts.Count} alerts.");
        AssertExported(alerts);
    }

    private static JsonElement.ArrayEnumerator Panels() =>
        JsonDocument.Parse(Pages.Read("grafana/redis-backplane.json")).RootElement.GetProperty("panels").EnumerateArray();

    private static List<string> Expressions()
    {
        var expressions =
            from panel in Panels()
            where panel.TryGetProperty("targets", out _)
            from target in panel.GetProperty("targets").EnumerateArray()
            select target.GetProperty("expr").GetString();
        return [.. expressions];
    }

    private static IEnumerable<string> Names(string expression) =>
        Name().Matches(Quoted().Replace(expression, "\"\"")).Select(match => match.Value);

    private string Family(string name)
    {
        var family = HistogramSuffix().Replace(name, string.Empty);
        return scrape.Metrics.Contains(family) ? family : name;
    }

    private void AssertExported(IReadOnlyCollection<string> expressions)
    {
        Assert.NotEmpty(expressions);
        Assert.All(expressions, expression =>
        {
            Assert.NotEmpty(Names(expression));
            Assert.Empty(Names(expression).Select(Family).Except(scrape.Metrics).Except(scrape.Labels));
        });
    }

    [GeneratedRegex(@"\b(?:redis_backplane|messaging|signalr|network|error)_\w+")]
    private static partial Regex Name();

    [GeneratedRegex("\"[^\"]*\"")]
    private static partial Regex Quoted();

    [GeneratedRegex("_(?:bucket|sum|count)$")]
    private static partial Regex HistogramSuffix();

    [GeneratedRegex(@"^\| [^|]+ \| `([^`]+)` \|", RegexOptions.Multiline)]
    private static partial Regex AlertRow();
}

/// <summary>What a Prometheus server would read of a process with one bus and one host.</summary>
public sealed partial class PrometheusScrape : IAsyncLifetime
{
    public IReadOnlyList<string> Metrics { get; private set; } = [];

    public IReadOnlyList<string> Labels { get; private set; } = [];

    public async Task InitializeAsync()
    {
        var port = LoopbackPort.PickFree();
        using var provider = Sdk.CreateMeterProviderBuilder()
            .AddMeter(BackplaneTelemetry.MeterName, BackplaneTelemetry.SignalRMeterName)
            .AddPrometheusHttpListener(options => (options.Host, options.Port) = ("127.0.0.1", port))
            .Build();
        using var bus = new BusMetrics("scraped", () => 0);
        using var host = new SignalRCounters();
        var meter = bus.CreateMeter(0, new RecordedLogger());
        var stream = new StreamMetrics(
            meter, new PublishCounters(new FakeCounters()), new ReceiveCounters(), new QueueBudget(1, 1, 1), () => true);
        bus.Start(new DeliveryCounters(new FakeCounters()), [stream]);
        meter.BatchStored(TimeSpan.Zero, 1, 1);
        meter.FrameReceived(1);
        meter.CaughtUp(TimeSpan.Zero);

        using var client = new HttpClient();
        var text = await client.GetStringAsync(new Uri($"http://127.0.0.1:{port}/metrics"));

        var metrics = Type().Matches(text).Select(match => match.Groups[1].Value).Where(name => name != "target_info");
        Metrics = [.. metrics.Order(StringComparer.Ordinal)];
        Labels = [.. Label().Matches(text).Select(match => match.Groups[1].Value).Distinct()];
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [GeneratedRegex(@"^# TYPE (\w+)", RegexOptions.Multiline)]
    private static partial Regex Type();

    [GeneratedRegex(@"(\w+)=""")]
    private static partial Regex Label();
}
#endif
