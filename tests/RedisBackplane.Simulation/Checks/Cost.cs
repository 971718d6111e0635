using RedisBackplane.Simulation.Redis;

namespace RedisBackplane.Simulation.Checks;

/// <summary>The work that Redis has done so far for the messages of the farm.</summary>
internal readonly record struct Cost(long Reads, long PublishCalls, long Stored, long Pushes)
{
    public static Cost Of(RunStatistics statistics) =>
        new(statistics.Reads, statistics.PublishCalls, statistics.Stored, statistics.Pushes);
}
