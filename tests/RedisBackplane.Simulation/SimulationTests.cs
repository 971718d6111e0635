using System.Diagnostics;
using System.Globalization;
using RedisBackplane.Simulation.Checks;
using RedisBackplane.Simulation.Farm;
using RedisBackplane.Simulation.Redis;
using Xunit.Abstractions;

namespace RedisBackplane.Simulation;

/// <summary>Whole farms in virtual time, under random faults. Each seed is one run, exactly repeatable.</summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    private const int DefaultSeeds = 10_000;

    // A busy machine runs fewer seeds. After five minutes, the watch for hanging tests would end the test.
    private const int MostMinutes = 4;

    private const int MostFailures = 5;

    [Fact]
    public void Farm_SameSeedTwice_IsTheSameToTheLastStep() => SingleThread.Run(() =>
    {
        for (var seed = 1UL; seed <= 100; seed++)
        {
            var (first, second) = (FarmRun.Of(Scenario.From(seed)), FarmRun.Of(Scenario.From(seed)));

            Assert.Equal((first.Steps, first.Timeline.Hash, first.Failure), (second.Steps, second.Timeline.Hash, second.Failure));
        }
    });

    [Theory]
    [InlineData(147)]
    public void Farm_OldMasterGoesOnAfterFailover_LosesNothing(ulong seed) => KeepsWhatItPromises(seed, Mix.TwoMasters);

    [Theory]
    [InlineData(2678)]
    public void Farm_NewMasterWhoseHistoryBeginsLater_IsNotTakenForAnEviction(ulong seed) => KeepsWhatItPromises(seed, Mix.TwoMasters);

    [Theory]
    [InlineData(1580)]
    public void Farm_ServerThatSkippedAnEpoch_TellsWhatItMissedThere(ulong seed) => KeepsWhatItPromises(seed, Mix.TwoMasters);

    [Theory]
    [InlineData(2940)]
    public void Farm_MasterThatWasAReplicaInTheMeantime_GivesNoIdsInItsFormerEpoch(ulong seed) =>
        KeepsWhatItPromises(seed, Mix.TwoMasters);

    [Theory]
    [InlineData(3580)]
    public void Farm_ReturnsToAnEpochWhoseHistoryBeginsLater_TellsWhatIsLost(ulong seed) => KeepsWhatItPromises(seed, Mix.TwoMasters);

    [Theory]
    [InlineData(5717)]
    public void Farm_FirstBatchOfAPublisherIsMissed_ComesAgain(ulong seed) => KeepsWhatItPromises(seed, Mix.TwoMasters);

    [Theory]
    [InlineData(6969)]
    public void Farm_FirstBatchesOfAPublisherCameTooLateToAServer_ComeAgain(ulong seed) => KeepsWhatItPromises(seed, Mix.TwoMasters);

    [Theory]
    [InlineData(136)]
    [InlineData(2562)]
    public void Farm_TwoFailoversAndAClockThatIsBehind_TellsWhatIsLost(ulong seed) => KeepsWhatItPromises(seed, Mix.TwoMasters);

    [Theory]
    [InlineData(2242)]
    public void Farm_HistoryIsLostAtARestart_TellsWhatIsLost(ulong seed) => KeepsWhatItPromises(seed);

    [Theory]
    [InlineData(6698)]
    public void Farm_MissedBeforeALossOfMemory_ComesAgain(ulong seed) => KeepsWhatItPromises(seed);

    [Theory]
    [InlineData(8576)]
    public void Farm_TwoLossesOfMemoryWithinASecond_GiveNoIdTwice(ulong seed) => KeepsWhatItPromises(seed);

    [Theory]
    [InlineData(8468)]
    public void Farm_EveryMessageExceedsTheOutputBufferLimit_LogsNotEveryCatchUp(ulong seed) => KeepsWhatItPromises(seed);

    [Fact]
    public void Farm_RandomSchedules_KeepsWhatItPromises() => SingleThread.Run(() =>
    {
        var only = Number("SIMULATION_SEED");
        var first = only ?? Number("SIMULATION_FIRST_SEED") ?? 1;
        var count = only is null ? Number("SIMULATION_SEEDS") ?? DefaultSeeds : 1;
        var minutes = Number("SIMULATION_MINUTES");
        var failuresWanted = (int)(Number("SIMULATION_FAILURES") ?? MostFailures);
        var longest = TimeSpan.FromMinutes(minutes ?? MostMinutes);
        var mix = Enum.TryParse<Mix>(Environment.GetEnvironmentVariable("SIMULATION_MIX"), out var named) ? named : Mix.Default;
        var clock = Stopwatch.StartNew();
        var totals = new RunStatistics();
        var failures = new List<RunResult>();
        var (runs, steps, hash) = (0UL, 0L, 0UL);
        while (failures.Count < failuresWanted && clock.Elapsed < longest && (minutes is not null || runs < count))
        {
            var result = FarmRun.Of(Scenario.From(first + runs++, mix));
            totals.Add(result.Statistics);
            steps += result.Steps;
            hash = (hash * 31) + result.Timeline.Hash;
            if (result.Failure is { } failure)
            {
                failures.Add(result);
                output.WriteLine($"seed {result.Scenario.Seed}: {failure}");
            }
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{runs} seeds, {steps} steps, {clock.Elapsed.TotalSeconds:F1} s, hash {hash:x16}"));
        Show(totals);
        if (failures is [var worst, ..] && failuresWanted > 1)
        {
            Explain(worst, mix);
        }

        Assert.True(failures.Count == 0, $"{failures.Count} of {runs} seeds: {string.Join(", ", failures.Select(f => f.Scenario.Seed))}");
        if (runs >= DefaultSeeds)
        {
            var never = Coverage.Required.Where(row => !totals.Counts.ContainsKey(row)).ToArray();
            Assert.True(never.Length == 0, "Never occurred: " + string.Join(", ", never));
        }
    });

    private static void KeepsWhatItPromises(ulong seed, Mix mix = Mix.Default) =>
        SingleThread.Run(() => Assert.Null(FarmRun.Of(Scenario.From(seed, mix)).Failure));

    private static ulong? Number(string variable) =>
        ulong.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : null;

    private void Show(RunStatistics totals)
    {
        foreach (var (name, times) in totals.Counts.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{times,10} {name}"));
        }

        output.WriteLine("Most lines of one server within ten seconds: "
            + string.Join(", ", totals.MostLines.Select(static pair => $"{pair.Key}: {pair.Value}")));
    }

    private void Explain(RunResult failed, Mix mix)
    {
        var shrunk = Shrinker.Shrink(failed);
        output.WriteLine($"Seed {failed.Scenario.Seed}, shrunk: {shrunk.Failure}");
        output.WriteLine(shrunk.Scenario.ToString());
        foreach (var line in shrunk.Timeline.Lines)
        {
            output.WriteLine(line);
        }

        output.WriteLine(
            $"To repeat it: SIMULATION_MIX={mix} SIMULATION_SEED={failed.Scenario.Seed} dotnet test tests/RedisBackplane.Simulation "
            + "-c Release --filter FullyQualifiedName~Farm_RandomSchedules --logger \"console;verbosity=detailed\"");
    }
}
