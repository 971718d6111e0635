using RedisBackplane.Simulation.World;

namespace RedisBackplane.Simulation.Farm;

/// <summary>Something that happens to the farm.</summary>
/// <param name="Kind">What happens.</param>
/// <param name="At">When it happens.</param>
/// <param name="Duration">How long it lasts; some faults take no time.</param>
/// <param name="Server">The server, or the server whose link is affected.</param>
/// <param name="Choice">A random number for other choices. Each takes its remainder.</param>
internal sealed record Fault(FaultKind Kind, TimeSpan At, TimeSpan Duration, int Server, int Choice)
{
    public static Fault Random(Chance chance, IReadOnlyList<FaultKind> kinds, TimeSpan when, int servers)
    {
        var kind = chance.Of(kinds);
        var longest = chance.Of([TimeSpan.FromSeconds(0.1), TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(5)]);
        return new Fault(
            kind,
            when,
            chance.Between(TimeSpan.FromMilliseconds(1), longest),
            chance.Between(0, servers - 1),
            chance.Between(0, 1_000_000));
    }
}

internal enum FaultKind
{
    /// <summary>The process ends and starts with everything it had.</summary>
    RedisRestarts,

    RedisRestartsEmpty,

    /// <summary>It starts with what it had some time before.</summary>
    RedisRestartsOlder,

    /// <summary>It does nothing for a while, and then continues.</summary>
    RedisFreezes,

    RedisIsFlushed,

    /// <summary>It loses one of its keys.</summary>
    RedisEvicts,

    /// <summary>It loses the history and nothing else.</summary>
    RedisLosesHistory,

    /// <summary>It refuses scripts: it is out of memory or a replica, or the user lacks the right.</summary>
    RedisRefusesWrites,

    RedisRefusesOnce,

    /// <summary>It refuses everything, because it is loading.</summary>
    RedisRefusesAll,

    RedisForgetsScripts,

    RedisClockSteps,

    /// <summary><c>CLIENT KILL</c>, of subscribers or of all.</summary>
    RedisClosesLinks,

    LinkIsCut,

    LinkIsRefused,

    LinkStalls,

    /// <summary>What is sent never arrives, and no end notices. Existing connections are dead.</summary>
    LinkSwallows,

    LinkIsSlow,

    /// <summary>The connection breaks before Redis has run the next batch.</summary>
    BatchIsLost,

    /// <summary>The connection breaks when Redis has stored the next batch, before the answer.</summary>
    AnswerIsLost,

    ServerPauses,

    /// <summary>The server has no threads for its subscriptions.</summary>
    ServerIsBusy,

    /// <summary>Another program publishes on the channel: a frame with an id far ahead.</summary>
    ForeignFrameComes,

    ServerClockSteps,

    /// <summary>A server is killed. Its clients move to others.</summary>
    ServerIsKilled,

    ServerJoins,

    ClientMoves,

    /// <summary>The farm's keys move to another server of the cluster. For a while, both have a part.</summary>
    SlotMoves,

    /// <summary>A planned failover: the replica is promoted, and the master becomes its replica.</summary>
    RedisIsReplaced,

    /// <summary>The master ends, the replica is promoted, and the master returns as its replica.</summary>
    MasterCrashes,

    /// <summary>The replica is promoted, and the master, stopped or cut off, then continues for a while.</summary>
    TwoMasters,
}
