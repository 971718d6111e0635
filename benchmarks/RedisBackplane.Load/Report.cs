using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using RedisBackplane.Load.Measuring;

namespace RedisBackplane.Load;

/// <summary>
/// The results as tables for people (results.md) and as JSON for programs (results.json, with every round).
/// </summary>
internal sealed class Report
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter() },
    };

    private readonly LoadSettings _settings;
    private readonly string _redisVersion;
    private readonly List<ScenarioResult> _results = [];
    private readonly StringBuilder _text = new();

    public Report(LoadSettings settings, string redisVersion)
    {
        _settings = settings;
        _redisVersion = redisVersion;
        _text.AppendLine(Heading());
    }

    public string Heading()
    {
        const string Ratios = "Ratios are medians of the ratios of neighbouring rounds.";
        var system = $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}";
        var (rounds, seconds) = (_settings.Rounds, _settings.Seconds);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            # Load of the backplane

            {system}, {Environment.ProcessorCount} cores for everything, Redis {_redisVersion}.
            Medians of {rounds} rounds of {seconds} s, variants in turn. CPU in µs and memory in bytes are per published message;
            "all" is publisher, subscribers and Redis together, "sub" one subscribing server. {Ratios}

            """);
    }

    /// <summary>Takes a scenario in.</summary>
    /// <returns>Its table.</returns>
    public string Add(ScenarioResult result)
    {
        _results.Add(result);
        var table = Table(result);
        _text.AppendLine(table);
        return table;
    }

    public void Save()
    {
        Directory.CreateDirectory(_settings.Output);
        File.WriteAllText(Path.Combine(_settings.Output, "results.md"), _text.ToString());
        File.WriteAllText(Path.Combine(_settings.Output, "results.json"), JsonSerializer.Serialize(_results, Json));
    }

    private static string Table(ScenarioResult result)
    {
        var columns = Columns(result).ToArray();
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"## {result.Scenario.Title} (`{result.Scenario.Name}`)");
        text.AppendLine();
        text.Append("| |").AppendJoin('|', columns.Select(column => " " + column.Name + " ")).AppendLine("|");
        text.Append("|---|").AppendJoin('|', columns.Select(_ => "--:")).AppendLine("|");
        foreach (var (variant, rounds) in result.Rounds)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {variant.Name()} |")
                .AppendJoin('|', columns.Select(column => " " + column.Value(rounds) + " "))
                .AppendLine("|");
        }

        return text.ToString();
    }

    private static IEnumerable<Column> Columns(ScenarioResult result)
    {
        if (result.Scenario.Drive == Drive.Open)
        {
            yield return Column.Of("p50 µs", round => round.Latency?.P50);
            yield return Column.Of("p90", round => round.Latency?.P90);
            yield return Column.Of("p99", round => round.Latency?.P99);
            yield return Column.Of("p99.9", round => round.Latency?.P999);
            foreach (var against in Against(result))
            {
                yield return Column.Ratio($"p50 ÷ {against.Name()}", result.Rounds[against], round => round.Latency?.P50);
                yield return Column.Ratio($"p99 ÷ {against.Name()}", result.Rounds[against], round => round.Latency?.P99);
            }
        }

        yield return Column.Of("msg/s", round => round.MessagesPerSecond);
        foreach (var against in Against(result))
        {
            yield return Column.Ratio($"× {against.Name()}", result.Rounds[against], round => round.MessagesPerSecond);
        }

        yield return Column.Of("CPU all", round => round.TotalCpu);
        foreach (var against in Against(result))
        {
            yield return Column.Ratio($"CPU ÷ {against.Name()}", result.Rounds[against], round => round.TotalCpu);
        }

        yield return Column.Of("pub", round => round.PublisherCpu);
        yield return Column.Of("sub", round => round.SubscriberCpu);
        yield return Column.Of("Redis", round => round.RedisCpu);
        yield return Column.Of("B pub", round => round.PublisherAllocated);
        yield return Column.Of("B sub", round => round.SubscriberAllocated);
        yield return Column.Of("Redis cmds", round => round.RedisCommands);
        yield return Column.Of("B in", round => round.RedisBytesIn);
        yield return Column.Of("B out", round => round.RedisBytesOut);
        if (result.Scenario.IsCold)
        {
            yield return Column.Of("pulled", round => round.PulledShare);
        }

        if (result.Scenario.IsReadBack)
        {
            yield return Column.Of("longest call µs", round => round.LongestCall?.TotalMicroseconds);
        }

        yield return Column.Sum("delivered", round => round.Delivered);
        yield return Column.Sum("lost", round => round.Lost);
        yield return Column.Sum("twice", round => round.Duplicated);
        yield return Column.Sum("misordered", round => round.OutOfOrder);
        yield return Column.Sum("failed", round => round.Failed);
    }

    private static IEnumerable<Variant> Against(ScenarioResult result) =>
        result.Rounds.Keys.Where(variant => variant != Variant.Ours && result.Rounds.Count > 1);

    private sealed record Column(string Name, Func<IReadOnlyList<RoundResult>, string> Value)
    {
        public static Column Of(string name, Func<RoundResult, double?> value) =>
            new(name, rounds => Text(Median.Of(rounds.Select(round => value(round) ?? double.NaN))));

        public static Column Ratio(string name, IReadOnlyList<RoundResult> against, Func<RoundResult, double?> value) =>
            new(name, rounds => ReferenceEquals(rounds, against)
                ? "1"
                : Text(Median.OfRatios(rounds, against, round => value(round) ?? double.NaN)));

        public static Column Sum(string name, Func<RoundResult, long> value) =>
            new(name, rounds => rounds.Sum(value).ToString("N0", CultureInfo.InvariantCulture));

        private static string Text(double value) => Math.Abs(value) switch
        {
            double.NaN => "–",
            >= 100 => value.ToString("N0", CultureInfo.InvariantCulture),
            >= 10 => value.ToString("F1", CultureInfo.InvariantCulture),
            >= 0.1 => value.ToString("F2", CultureInfo.InvariantCulture),
            _ => value.ToString("F4", CultureInfo.InvariantCulture),
        };
    }
}
