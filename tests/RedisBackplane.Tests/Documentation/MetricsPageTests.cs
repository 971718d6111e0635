using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace RedisBackplane.Tests.Documentation;

/// <summary>Compares docs/metrics.md with the instruments.</summary>
public sealed class MetricsPageTests
{
    [Fact]
    public void Page_AgainstTheInstruments_NamesEachOnceWithItsUnitAndKind()
    {
        using var buses = Of(BackplaneTelemetry.MeterName);
        using var signalR = Of(BackplaneTelemetry.SignalRMeterName);

        var actual = buses.Instruments.Concat(signalR.Instruments)
            .Select(instrument => $"{instrument.Name} {instrument.Unit} {Kind(instrument)}");
        Assert.Equal(Sorted(actual), Sorted(MetricsPage.Rows.Select(row => $"{row.Name} {row.Unit} {row.Kind}")));
    }

    [Fact]
    public void Instruments_Descriptions_AreSentences()
    {
        using var buses = Of(BackplaneTelemetry.MeterName);
        using var signalR = Of(BackplaneTelemetry.SignalRMeterName);

        Assert.All(
            buses.Instruments.Concat(signalR.Instruments),
            instrument => Assert.EndsWith(".", instrument.Description, StringComparison.Ordinal));
    }

    private static RecordedMetrics Of(string meter)
    {
        // Creates the instruments, if they do not exist yet.
        RuntimeHelpers.RunClassConstructor(typeof(BackplaneMeter).TypeHandle);
        RuntimeHelpers.RunClassConstructor(typeof(SignalRMeter).TypeHandle);
        return new RecordedMetrics(meter, _ => false);
    }

    private static string[] Sorted(IEnumerable<string> lines) => [.. lines.OrderBy(line => line, StringComparer.Ordinal)];

    private static string Kind(Instrument instrument) => Regex.Replace(instrument.GetType().Name, "`.*|^Observable", string.Empty) switch
    {
        "Counter" => "counter",
        "UpDownCounter" => "up-down counter",
        "Gauge" => "gauge",
        "Histogram" => "histogram",
        var other => other,
    };
}

/// <summary>The table of metrics.</summary>
internal static class MetricsPage
{
    public static IReadOnlyList<(string Name, string Prometheus, string Unit, string Kind)> Rows { get; } =
    [
        .. Regex.Matches(Pages.Read("metrics.md"), @"^\| `(\S+)` \| `(\S+)` \| `([^`]+)` \| ([\w -]+) \|", RegexOptions.Multiline)
            .Cast<Match>()
            .Select(match => (match.Groups[1].Value, match.Groups[2].Value, match.Groups[3].Value, match.Groups[4].Value)),
    ];
}
