using System.Text.Json;

namespace RedisBackplane.Plots;

/// <summary>The results of benchmarks/RedisBackplane.Load.</summary>
internal sealed class LoadResults
{
    public const string FileName = "load.json";

    private static readonly string[] Variants = ["Ours", "Reference", "Raw"];
    private static readonly string[] Names = ["RedisBackplane", "one script call per message", "StackExchange.Redis alone"];

    private readonly JsonElement[] _scenarios;

    private LoadResults(JsonElement[] scenarios) => _scenarios = scenarios;

    public static LoadResults Read(string file) =>
        new([.. JsonDocument.Parse(File.ReadAllText(file)).RootElement.EnumerateArray()]);

    public BarChart Throughput() => new(
        "Messages per second from one server to another",
        "Longer is better. Two servers, one Redis and the load share two cores. Each group has its own scale.",
        "/s",
        Names,
        Groups("throughput/", round => round.GetProperty("MessagesPerSecond").GetDouble()));

    public BarChart Cpu() => new(
        "CPU time of a message: both servers and Redis together",
        "Shorter is better. Each group has its own scale.",
        "µs",
        Names,
        Groups("throughput/", round => round.GetProperty("TotalCpu").GetDouble()));

    public BarChart Latency() => new(
        "99th percentile of the time from publish to delivery",
        "Shorter is better. At a fixed rate, messages of 100 bytes. Each group has its own scale.",
        "ms",
        Names,
        Groups("latency/", round => round.GetProperty("Latency").GetProperty("P99").GetDouble() / 1000));

    private (string Name, double[] Values)[] Groups(string prefix, Func<JsonElement, double> value) =>
    [
        .. from scenario in _scenarios
           let name = scenario.GetProperty("Scenario").GetProperty("Name").GetString()!
           where name.StartsWith(prefix, StringComparison.Ordinal)
           select (Title(scenario), Variants.Select(variant => Median(scenario, variant, value)).ToArray()),
    ];

    private static string Title(JsonElement scenario)
    {
        var title = scenario.GetProperty("Scenario").GetProperty("Title").GetString()!;
        return title[(title.IndexOf(' ', StringComparison.Ordinal) + 1)..].Replace("at ", string.Empty, StringComparison.Ordinal)
            .Replace(" messages per second, 100B", " per second", StringComparison.Ordinal)
            .Replace("B,", " B,", StringComparison.Ordinal)
            .Replace("K B", " KB", StringComparison.Ordinal);
    }

    private static double Median(JsonElement scenario, string variant, Func<JsonElement, double> value) =>
        scenario.GetProperty("Rounds").TryGetProperty(variant, out var rounds)
            ? Statistics.Median(rounds.EnumerateArray().Select(value))
            : double.NaN;
}
