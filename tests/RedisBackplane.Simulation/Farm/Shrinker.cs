namespace RedisBackplane.Simulation.Farm;

/// <summary>Finds what a failure needs: omits faults, messages and servers while the failure still occurs.</summary>
internal static class Shrinker
{
    private const int MaxRuns = 300;

    public static RunResult Shrink(RunResult failed)
    {
        var best = failed;
        var runs = 0;
        for (var hasShrunk = true; hasShrunk && runs < MaxRuns;)
        {
            hasShrunk = false;
            foreach (var smaller in SmallerThan(best.Scenario))
            {
                if (runs++ < MaxRuns
                    && FarmRun.Of(smaller) is { Failure: { } failure } result
                    && PromiseOf(failure) == PromiseOf(failed.Failure!))
                {
                    best = result;
                    hasShrunk = true;
                    break;
                }
            }
        }

        return FarmRun.Of(best.Scenario, keepsTimeline: true);
    }

    private static string PromiseOf(string failure) => failure.Split(':')[0];

    private static IEnumerable<Scenario> SmallerThan(Scenario scenario)
    {
        for (var i = 0; i < scenario.Faults.Count; i++)
        {
            yield return scenario with { Faults = Without(scenario.Faults, i) };
        }

        for (var i = 0; i < scenario.Bursts.Count && scenario.Bursts.Count > 1; i++)
        {
            yield return scenario with { Bursts = Without(scenario.Bursts, i) };
        }

        if (scenario.Servers > 2)
        {
            yield return scenario with
            {
                Servers = scenario.Servers - 1,
                Bursts = [.. scenario.Bursts.Select(burst => burst with { Server = burst.Server % (scenario.Servers - 1) })],
                Faults = [.. scenario.Faults.Select(fault => fault with { Server = fault.Server % (scenario.Servers - 1) })],
            };
        }

        if (scenario.ClientsPerServer > 1)
        {
            yield return scenario with { ClientsPerServer = 1 };
        }

        if (scenario.Streams > 1)
        {
            yield return scenario with { Streams = 1 };
        }

        for (var i = 0; i < scenario.Bursts.Count; i++)
        {
            if (scenario.Bursts[i].Count > 1)
            {
                var bursts = scenario.Bursts.ToArray();
                bursts[i] = bursts[i] with { Count = bursts[i].Count / 2 };
                yield return scenario with { Bursts = bursts };
            }
        }
    }

    private static T[] Without<T>(IReadOnlyList<T> all, int index) => [.. all.Where((_, i) => i != index)];
}
