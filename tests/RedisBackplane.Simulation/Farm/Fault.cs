using RedisBackplane.Simulation.World;

namespace RedisBackplane.Simulation.Farm;

/// <summary>Something that befalls the farm.</summary>
/// <param name="Kind">What.</param>
/// <param name="At">When.</param>
/// <param name="Duration">How long; some take no time.</param>
/// <param name="Server">The server that it befalls, or whose link.</param>
/// <param name="Choice">What else there is to choose, by its remainder.</param>
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
    /// <summary>The process ends and starts with all it had.</summary>
    RedisRestarts,

    RedisRestartsEmpty,

    /// <summary>It starts with what it had some time before.</summary>
    RedisRestartsOlder,

    /// <summary>It does nothing for a while, and then goes on.</summary>
    RedisFreezes,

    RedisIsFlushed,

    /// <summary>One of its keys is gone.</summary>
    RedisEvicts,

    /// <summary>The history is gone, and nothing else.</summary>
    RedisLosesHistory,

    /// <summary>It refuses scripts: out of memory, a replica, no right.</summary>
    RedisRefusesWrites,

    RedisRefusesOnce,

    /// <summary>It refuses everything: loading.</summary>
    RedisRefusesAll,

    RedisForgetsScripts,

    RedisClockSteps,

    /// <summary><c>CLIENT KILL</c>, of subscribers or of all.</summary>
    RedisClosesLinks,

    LinkIsCut,

    LinkIsRefused,

    LinkStalls,

    /// <summary>What is sent never arrives, and nobody is told; the connections that were there are dead.</summary>
    LinkSwallows,

    LinkIsSlow,

    /// <summary>The connection breaks before Redis has run the next batch.</summary>
    BatchIsLost,

    /// <summary>The connection breaks when Redis has stored the next batch, before the answer.</summary>
    AnswerIsLost,

    ServerPauses,

    /// <summary>It has no threads for its subscriptions.</summary>
    ServerIsBusy,

    /// <summary>Somebody else publishes on the channel: a frame with an id far ahead.</summary>
    ForeignFrameComes,

    ServerClockSteps,

    /// <summary>A server is killed; its clients go to others.</summary>
    ServerIsKilled,

    ServerJoins,

    ClientMoves,

    /// <summary>A planned failover: the replica is promoted, and the master becomes its replica.</summary>
    RedisIsReplaced,

    /// <summary>The master ends, the replica is promoted, and the master comes back as its replica.</summary>
    MasterCrashes,

    /// <summary>The replica is promoted while the master is only stopped or cut off, and goes on for a while.</summary>
    TwoMasters,
}
