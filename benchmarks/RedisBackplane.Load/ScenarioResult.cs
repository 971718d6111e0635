using RedisBackplane.Load.Measuring;

namespace RedisBackplane.Load;

/// <summary>The rounds of a scenario, by variant; rounds of one index ran next to each other.</summary>
internal sealed record ScenarioResult(Scenario Scenario, IReadOnlyDictionary<Variant, IReadOnlyList<RoundResult>> Rounds);
