using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using RedisBackplane.LastMile.Servers;

namespace RedisBackplane.LastMile;

/// <summary>
/// Runs the variants in turn, round by round, and compares neighbours: what disturbs the machine disturbs both.
/// </summary>
internal sealed class Comparison(Settings settings)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public async Task<int> RunAsync()
    {
        var (redis, endpoint) = await ServerProcess.StartRedisAsync();
        using var owned = redis;
        try
        {
            return await CompareAsync(endpoint);
        }
        finally
        {
            redis.Kill();
        }
    }

    private async Task<int> CompareAsync(string endpoint)
    {
        var results = new List<Result>();
        for (var round = 0; round < settings.Rounds; round++)
        {
            foreach (var variant in round % 2 == 0 ? settings.Variants : settings.Variants.Reverse())
            {
                if (settings.Wants(Settings.Connect))
                {
                    await MeasureAsync(static farm => farm.MeasureNewConnectionsAsync(), variant, round);
                }

                if (settings.WantsIdle)
                {
                    await MeasureAsync(static farm => farm.MeasureIdleConnectionsAsync(), variant, round);
                }

                if (settings.WantsRows)
                {
                    await MeasureAsync(static farm => farm.MeasureRowsAsync(), variant, round);
                }
            }
        }

        Print(results);
        if (settings.Output is { } file)
        {
            await File.WriteAllTextAsync(file, JsonSerializer.Serialize(results, Json));
        }

        return results.Any(result => result.Missing > 0) ? 1 : 0;

        async Task MeasureAsync(Func<Farm, IAsyncEnumerable<Result>> measure, string variant, int round)
        {
            await using var farm = await Farm.StartAsync(variant, endpoint, settings);
            await foreach (var result in measure(farm))
            {
                Console.WriteLine($"# round {round + 1} {result}");
                results.Add(result with { Round = round });
            }
        }
    }

    private void Print(List<Result> results)
    {
        var against = settings.Variants[^1];
        Console.WriteLine();
        Console.WriteLine($"{settings.Connections} connections on two servers; medians of {settings.Rounds} rounds; ratios to {against}");
        Console.WriteLine("row|variant|per second|CPU µs each|bytes each|p50 ms|p99 ms|missing|ratio of rate|CPU|bytes|p50|p99");
        foreach (var row in results.GroupBy(result => result.Row))
        {
            foreach (var variant in settings.Variants)
            {
                var own = row.Where(result => result.Variant == variant).OrderBy(result => result.Round).ToArray();
                var other = row.Where(result => result.Variant == against).OrderBy(result => result.Round).ToArray();
                string Value(Func<Result, double> value) => Median(own.Select(value)).ToString("0.##", CultureInfo.InvariantCulture);
                string Ratio(Func<Result, double> value) =>
                    Median(own.Zip(other, (left, right) => value(left) / value(right))).ToString("0.00", CultureInfo.InvariantCulture);
                string[] columns =
                [
                    row.Key, variant, Value(r => r.PerSecond), Value(r => r.CpuMicroseconds), Value(r => r.Bytes), Value(r => r.P50),
                    Value(r => r.P99), Value(r => r.Missing), Ratio(r => r.PerSecond), Ratio(r => r.CpuMicroseconds), Ratio(r => r.Bytes),
                    Ratio(r => r.P50), Ratio(r => r.P99),
                ];
                Console.WriteLine(string.Join('|', columns));
            }
        }
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}

/// <summary>
/// One row of one variant in one round; CPU and bytes are those of both servers, for each call or delivery.
/// </summary>
internal sealed record Result(
    string Row,
    string Variant,
    double PerSecond,
    double CpuMicroseconds,
    double Bytes,
    double P50,
    double P99,
    double Missing,
    int Round = 0)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Row} {Variant}: {PerSecond:0}/s, {CpuMicroseconds:0.0} µs, {Bytes:0} B, p50 {P50:0.00}, p99 {P99:0.00} ms, missing {Missing}");
}
