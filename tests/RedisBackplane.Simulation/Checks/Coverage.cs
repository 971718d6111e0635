using RedisBackplane.Simulation.Farm;
using RedisBackplane.Simulation.Redis;

namespace RedisBackplane.Simulation.Checks;

/// <summary>Counts what the rooms of a server did, under the names in <see cref="RunStatistics"/>.</summary>
internal static class Coverage
{
    /// <summary>What must occur in many runs, or they prove too little. Rare events are only counted.</summary>
    public static readonly string[] Required =
    [
        "receiving: frame taken",
        "receiving: duplicate",
        "receiving: jump",
        "receiving: gap filled",
        "receiving: gap not filled",
        "receiving: frame above the counter",
        "publishing: batch sent again after a loss",
        "delivery: backfill",
        "redis: subscriber with too much output closed",
        "redis: replicas confirmed",
        "redis: replicas did not confirm",
        "redis: call redirected",
        "script publish: 0",
        "script publish: 1",
        "script publish: 2",
        "script publish: 3",
        "script publish: refused",
        "script recognize: 0",
        "script recognize: 1",
        "position BeforeStart",
        "position Idle",
        "position Reading",
        "position AwaitingBackfill",
        "log 1003 ConnectFailed",
        "log 1004 ConnectionFailed",
        "log 1005 ConnectionRestored",
        "log 1007 ConnectionSilent",
        "log 1009 ConnectedToReplica",
        "log 1041 FarmHasMoreStreams",
        "log 2001 SendFailed",
        "log 2002 SendRecovered",
        "log 2003 SendTimedOut",
        "log 2005 RedisForgot",
        "log 3002 GapUnfilled",
        "log 3003 GapFilled",
        "log 3005 SettleFailed",
        "log 3006 IdsJumped",
        "log 3009 ChannelSilent",
        "log 3011 IdsRestarted",
        .. Enum.GetNames<FaultKind>().Except([nameof(FaultKind.TwoMasters)]).Select(static kind => "fault " + kind),
    ];

    public static void Count(FarmServer server, RunStatistics statistics)
    {
        foreach (var stream in server.Streams.All)
        {
            statistics.Count("receiving: frame taken", stream.Received.Frames.Value);
            statistics.Count("receiving: duplicate", stream.Received.Duplicates.Value);
            statistics.Count("receiving: jump", stream.Received.Jumps.Value);
            statistics.Count("receiving: gap filled", stream.Received.GapsFilled.Value);
            statistics.Count("receiving: gap not filled", stream.Received.GapsUnfilled.Value);
            statistics.Count("receiving: frame above the counter", stream.Received.Foreign.Value);
            statistics.Count("receiving: held frames dropped", stream.Received.DroppedHeld.Value);
            statistics.Count("receiving: paused for subscriptions", stream.Received.Pauses.Value);
            statistics.Count("publishing: batch sent again after a loss", stream.Sent.ReplayedMessages.Value);
        }

        foreach (var (eventId, lines) in server.Logger.Bursts)
        {
            statistics.Logged(eventId, lines);
        }

        statistics.Count("delivery: overrun", server.Delivery.Counters.Overruns.Value);
        statistics.Count("delivery: backfill", server.Delivery.Counters.Backfills.Value);
        statistics.Count("connection came back or was replaced", server.Streams.Reconnects);
    }
}
