using RedisBackplane.Simulation.World;

namespace RedisBackplane.Simulation.Farm;

/// <summary>The contents of a run, which a seed decides. Parts may be omitted, to find what a failure needs.</summary>
internal sealed record Scenario
{
    private static readonly FaultKind[] WithReplica =
    [
        FaultKind.RedisIsReplaced, FaultKind.MasterCrashes, FaultKind.RedisIsReplaced, FaultKind.MasterCrashes,
    ];

    private static readonly FaultKind[] OnCluster =
    [
        FaultKind.SlotMoves, FaultKind.SlotMoves, FaultKind.SlotMoves, FaultKind.SlotMoves,
    ];

    private static readonly FaultKind[] Kinds =
        [.. Enum.GetValues<FaultKind>().Except(WithReplica).Except(OnCluster).Except([FaultKind.TwoMasters])];

    public required ulong Seed { get; init; }

    public required int Servers { get; init; }

    public int Streams { get; init; } = 1;

    /// <summary>Whether the application makes the connections, and not the bus.</summary>
    public bool HasFactories { get; init; }

    public int ClientsPerServer { get; init; } = 1;

    public long HistoryBytes { get; init; } = 1024 * 1024;

    public int MaxCallsInFlight { get; init; } = 4;

    public int MaxBatchMessages { get; init; } = 64;

    public int MaxLogMessages { get; init; } = 4096;

    public TimeSpan PublishTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a write takes from the master to its replica; null without a replica.</summary>
    public TimeSpan? ReplicaLag { get; init; }

    /// <summary>Whether there is a cluster of two servers. All keys are on one of them.</summary>
    public bool IsCluster { get; init; }

    /// <summary>Whether the channel is a plain one on a cluster too.</summary>
    public bool IsPlain { get; init; }

    /// <summary>How many replicas must have a batch before it is acknowledged.</summary>
    public int WaitForReplicas { get; init; }

    /// <summary>Bytes that may wait for a subscriber (<c>client-output-buffer-limit</c>); null for no limit.</summary>
    public long? OutputLimit { get; init; }

    /// <summary>Whether the clocks of servers and of Redis differ from the start, and run at different rates.</summary>
    public bool ClocksDiffer { get; init; }

    public required IReadOnlyList<Burst> Bursts { get; init; }

    public required IReadOnlyList<Fault> Faults { get; init; }

    /// <summary>The time at which the last burst and the last fault are over.</summary>
    public TimeSpan End => TimeSpan.FromTicks(Math.Max(
        Bursts.Max(static burst => (burst.At + (burst.Interval * burst.Count)).Ticks),
        Faults.Select(static fault => (fault.At + fault.Duration).Ticks).DefaultIfEmpty().Max()));

    public static Scenario From(ulong seed, Mix mix = Mix.Default)
    {
        var chance = new Chance(seed).Fork(1);
        var servers = chance.Between(2, 3);
        var length = chance.Between(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4));
        TimeSpan? lag = mix == Mix.TwoMasters || chance.Is(0.2)
            ? chance.Between(TimeSpan.FromMilliseconds(0.1), TimeSpan.FromMilliseconds(50))
            : null;

        // A single fault seldom loses messages. So a run has few kinds of faults, most of them at about the same time,
        // which is also the time of load.
        var cluster = new Chance(seed).Fork(13);
        var isCluster = lag is null && cluster.Is(0.1);
        var isPlain = isCluster && cluster.Is(0.3);

        // On a cluster, the library cannot check the connection of a plain channel (docs/guarantees.md).
        var onCluster = isPlain ? [.. Kinds.Except([FaultKind.LinkSwallows]), .. OnCluster] : Kinds.Concat(OnCluster).ToArray();
        var all = isCluster ? onCluster : lag is null ? Kinds : mix == Mix.TwoMasters ? [FaultKind.TwoMasters] : [.. Kinds, .. WithReplica];
        var kinds = chance.Is(0.2) ? all : [.. Enumerable.Range(0, chance.Between(1, 4)).Select(_ => chance.Of(all))];
        var moments = Enumerable.Range(0, chance.Between(1, 2)).Select(_ => chance.Between(TimeSpan.FromSeconds(0.1), length)).ToArray();
        TimeSpan When() => chance.Is(0.3)
            ? chance.Between(TimeSpan.FromSeconds(0.02), length)
            : chance.Of(moments) + chance.Between(TimeSpan.Zero, TimeSpan.FromMilliseconds(300));
        var bursts = Enumerable.Range(0, chance.Between(2, 7)).Select(_ => new Burst(
            chance.Between(0, servers - 1),
            When(),
            chance.Between(1, 20),
            chance.Is(0.3) ? TimeSpan.Zero : chance.Between(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(60)),
            chance.Is(0.05) ? chance.Between(9_000, 20_000) : chance.Between(4, 200))).ToArray();
        return new Scenario
        {
            ReplicaLag = lag,
            WaitForReplicas = lag is not null && new Chance(seed).Fork(12).Is(0.3) ? 1 : 0,
            IsCluster = isCluster,
            IsPlain = isPlain,
            ClocksDiffer = new Chance(seed).Fork(14).Is(0.3),
            Seed = seed,
            HasFactories = new Chance(seed).Fork(3).Is(0.5),
            OutputLimit = new Chance(seed).Fork(4) is var limits && limits.Is(0.1) ? limits.Between(16 * 1024, 64 * 1024) : null,
            Servers = servers,
            Streams = chance.Is(0.15) ? 2 : 1,
            ClientsPerServer = chance.Between(1, 2),
            MaxCallsInFlight = chance.Between(1, 4),
            MaxBatchMessages = chance.Of([1, 4, 64]),
            MaxLogMessages = chance.Is(0.15) ? 48 : 4096,
            HistoryBytes = chance.Is(0.15) ? 64 * 1024 : 1024 * 1024,
            PublishTimeout = chance.Of([TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(10)]),
            Bursts = bursts,
            Faults = [.. Enumerable.Range(0, chance.Between(0, 5)).Select(_ => Fault.Random(chance, kinds, When(), servers))],
        };
    }

    public override string ToString() => string.Join(
        Environment.NewLine,
        [
            $"seed {Seed}: {Servers} servers with {ClientsPerServer} clients each, {Streams} streams, {MaxCallsInFlight} calls in flight, "
                + $"batches of {MaxBatchMessages}, PublishTimeout {PublishTimeout.TotalSeconds} s, "
                + $"connections of {(HasFactories ? "a factory" : "the bus")}, log of {MaxLogMessages} messages, "
                + $"history of {HistoryBytes} bytes, {OutputLimit} bytes for a subscriber, "
                + $"the replica lags by {ReplicaLag?.TotalMilliseconds} ms, {WaitForReplicas} replicas must have a batch, "
                + (IsCluster ? $"a cluster with a {(IsPlain ? "plain" : "sharded")} channel" : "no cluster")
                + (ClocksDiffer ? ", clocks differ" : string.Empty),
            .. Bursts.OrderBy(static burst => burst.At).Select(static burst => "  " + burst),
            .. Faults.OrderBy(static fault => fault.At).Select(static fault => "  " + fault),
        ]);
}

/// <summary>Messages that a server publishes one after another.</summary>
internal sealed record Burst(int Server, TimeSpan At, int Count, TimeSpan Interval, int Size);

/// <summary>The faults that a scenario chooses from.</summary>
internal enum Mix
{
    /// <summary>The faults that the library promises to survive.</summary>
    Default,

    /// <summary>Two masters at the same time.</summary>
    TwoMasters,
}
