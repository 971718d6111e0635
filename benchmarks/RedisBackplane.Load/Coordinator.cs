using System.Diagnostics;
using RedisBackplane.Load.Measuring;

namespace RedisBackplane.Load;

/// <summary>
/// Runs the scenarios one after the other, and in each the variants in turn, round by round: A B C A B C …
/// </summary>
internal sealed class Coordinator
{
    // Long enough for the second compilation of hot code, which would otherwise be part of the result.
    private const double WarmUpSeconds = 3;

    private readonly LoadSettings _settings;

    public Coordinator(LoadSettings settings) => _settings = settings;

    public async Task<int> RunAsync()
    {
        var scenarios = Scenario.All.Where(IsWanted).ToArray();
        if (_settings.ListOnly || scenarios.Length == 0)
        {
            foreach (var scenario in Scenario.All)
            {
                Console.WriteLine($"{scenario.Name,-24} {scenario.Title}");
            }

            return scenarios.Length == 0 ? 2 : 0;
        }

        await using var redis = await RedisServer.StartAsync();
        var report = new Report(_settings, redis.Version);
        Console.WriteLine(report.Heading());
        foreach (var scenario in scenarios)
        {
            var started = Stopwatch.StartNew();
            var result = await RunAsync(redis, scenario);
            Console.WriteLine(report.Add(result));
            Console.Error.WriteLine($"{scenario.Name}: {started.Elapsed.TotalSeconds:F0} s");

            // After every scenario, so that an interrupted run keeps its results.
            report.Save();
        }

        return 0;
    }

    private async Task<ScenarioResult> RunAsync(RedisServer redis, Scenario scenario)
    {
        await redis.FlushAsync();
        var variants = _settings.Variants.Count > 0 ? _settings.Variants : scenario.Variants;
        if (scenario.IsCold)
        {
            return await RunColdAsync(redis, scenario, variants);
        }

        var runs = new Dictionary<Variant, ScenarioRun>();
        var rounds = variants.ToDictionary(variant => variant, _ => new List<RoundResult>());
        try
        {
            foreach (var variant in variants)
            {
                runs[variant] = await StartAsync(redis, scenario, variant);
            }

            var seconds = _settings.Seconds * scenario.Longer;
            for (var round = 0; round <= _settings.Rounds; round++)
            {
                foreach (var variant in variants)
                {
                    // The first round compiles and fills the pools; it does not count.
                    var result = await runs[variant].RunRoundAsync(round == 0 ? Math.Max(seconds, WarmUpSeconds) : seconds);
                    if (round > 0)
                    {
                        rounds[variant].Add(result);
                    }
                }
            }
        }
        finally
        {
            foreach (var run in runs.Values)
            {
                run.Dispose();
            }
        }

        return Result(scenario, rounds);
    }

    private async Task<ScenarioResult> RunColdAsync(RedisServer redis, Scenario scenario, IReadOnlyList<Variant> variants)
    {
        var rounds = variants.ToDictionary(variant => variant, _ => new List<RoundResult>());
        for (var round = 0; round < _settings.Rounds; round++)
        {
            foreach (var variant in variants)
            {
                await redis.FlushAsync();
                using var run = await StartAsync(redis, scenario, variant);
                rounds[variant].Add(await run.RunRoundAsync(_settings.Seconds * scenario.Longer));
            }
        }

        return Result(scenario, rounds);
    }

    private Task<ScenarioRun> StartAsync(RedisServer redis, Scenario scenario, Variant variant) =>
        ScenarioRun.StartAsync(redis, scenario, variant, variant == Variant.Baseline ? _settings.Baseline : null);

    private static ScenarioResult Result(Scenario scenario, Dictionary<Variant, List<RoundResult>> rounds) =>
        new(scenario, rounds.ToDictionary(pair => pair.Key, pair => (IReadOnlyList<RoundResult>)pair.Value));

    private bool IsWanted(Scenario scenario) =>
        _settings.Scenarios.Count == 0 || _settings.Scenarios.Any(name => scenario.Name.StartsWith(name, StringComparison.Ordinal));
}
