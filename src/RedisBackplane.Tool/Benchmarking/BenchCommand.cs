using System.CommandLine;
using System.Globalization;
using RedisBackplane.Tool.Farms;
using RedisBackplane.Tool.Output;
using Spectre.Console;

namespace RedisBackplane.Tool.Benchmarking;

/// <summary><c>bench</c>: measures a Redis with the bus itself.</summary>
internal static class BenchCommand
{
    public const string Name = "bench";

    private const int DefaultSeconds = 3;

    private static readonly string[] Heads =
        ["bytes", "in flight", "messages/s", "publish median", "p99", "delivery median", "p99", "missing"];

    public static Command Create(TextWriter output, TextWriter error)
    {
        var json = Screen.JsonOption("one JSON object a line for each row");
        var seconds = new Option<int>("--seconds")
        {
            Description = $"how long each of the {BenchCase.All.Count} rows takes: 1 to 60",
            HelpName = "N",
            DefaultValueFactory = static _ => DefaultSeconds,
        }.Within(1, 60);
        var command = new Command(
            Name,
            "Measures a Redis with the bus itself: two buses in this process, on a farm of their own. "
            + "It loads the Redis fully: not for one in use.") { json, seconds };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var farm = FarmOptions.ReadRedis(parsed, "redis-backplane-bench-" + Guid.NewGuid().ToString("N"));
            var screen = new Screen(output, error, parsed.GetValue(json));
            using var bench = await Bench.StartAsync(farm, cancellationToken);
            var results = await RunAsync(screen, bench, TimeSpan.FromSeconds(parsed.GetValue(seconds)), cancellationToken);
            if (!screen.IsJson)
            {
                screen.WriteTable(Heads, results.Select(Row));
                screen.Remark(
                    "Milliseconds. Publisher, subscriber and this table share the processor; with Redis on this machine, Redis too.");
            }

            return results.Any(result => result.Missing > 0) ? ExitCodes.NotWell : ExitCodes.Ok;
        });
        return command;
    }

    private static async Task<List<BenchResult>> RunAsync(Screen screen, Bench bench, TimeSpan each, CancellationToken cancellationToken)
    {
        var results = new List<BenchResult>();
        await screen.Remarks.Progress().AutoClear(true).StartAsync(async progress =>
        {
            var task = progress.AddTask("measuring", maxValue: BenchCase.All.Count);
            foreach (var bencher in BenchCase.All)
            {
                task.Description = string.Create(CultureInfo.InvariantCulture, $"{bencher.Bytes} bytes, {bencher.InFlight} in flight");
                var result = await bench.MeasureAsync(bencher, each, cancellationToken);
                results.Add(result);
                if (screen.IsJson)
                {
                    screen.WriteJson(result);
                }

                task.Increment(1);
            }
        });
        return results;
    }

    private static string[] Row(BenchResult result) =>
    [
        Number(result.Bytes, "N0"),
        Number(result.InFlight, "N0"),
        Number(result.MessagesPerSecond, "N0"),
        Number(result.PublishMedian, "0.00"),
        Number(result.PublishP99, "0.00"),
        Number(result.DeliveryMedian, "0.00"),
        Number(result.DeliveryP99, "0.00"),
        Number(result.Missing, "N0"),
    ];

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
