using RedisBackplane.Simulation.Checks;
using RedisBackplane.Simulation.Redis;
using RedisBackplane.Simulation.World;

namespace RedisBackplane.Simulation.Farm;

/// <summary>One run of a scenario, from its first step to its result.</summary>
internal sealed class FarmRun
{
    /// <summary>How long after the last fault the farm is usually in its normal state again.</summary>
    public static readonly TimeSpan TimeToConverge = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan TimeToLeave = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LongestToConverge = TimeSpan.FromSeconds(9);
    private static readonly TimeSpan LongestToBeGone = TimeSpan.FromSeconds(13);

    // Much more than of real clocks, because a run takes only some seconds.
    private const double MostClockDrift = 0.1;
    private static readonly TimeSpan MostClockError = TimeSpan.FromSeconds(4);

    private const long MaxSteps = 1_000_000;
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(50);

    private readonly Scenario _scenario;
    private readonly List<SentMessage> _sent = [];
    private readonly List<FarmServer> _servers = [];
    private readonly List<FarmClient> _clients = [];
    private readonly FaultPlayer _faults;
    private readonly Chance _clocks;
    private readonly Lazy<ILookup<int, ulong>> _storedIds;

    private FarmRun(Scenario scenario, bool keepsTimeline)
    {
        _scenario = scenario;
        _clocks = new Chance(scenario.Seed).Fork(15);
        Schedule = new Schedule(new Chance(scenario.Seed).Fork(2));
        Timeline = new Timeline(Schedule, keepsTimeline);
        Nodes = [new RedisNode("redis0", Schedule, Timeline, Statistics)];
        if (scenario.ReplicaLag is { } lag)
        {
            var replica = new RedisNode("redis1", Schedule, Timeline, Statistics);
            Nodes = [Nodes[0], replica];
            replica.Replication.BeginAsReplicaOf(Nodes[0]);
            Nodes[0].Replication.Lag = replica.Replication.Lag = lag;
        }

        if (scenario.IsCluster)
        {
            Nodes = [Nodes[0], new RedisNode("redis1", Schedule, Timeline, Statistics)];
            var slot = new ClusterSlot(Nodes[0]);
            foreach (var node in Nodes)
            {
                (node.Slot, node.Peers) = (slot, [.. Nodes.Where(other => other != node)]);
            }
        }

        foreach (var node in Nodes)
        {
            node.Links.OutputLimit = scenario.OutputLimit ?? long.MaxValue;
        }

        foreach (var node in Nodes.Where(_ => scenario.ClocksDiffer))
        {
            (node.ClockError, node.ClockDrift) = RandomClock();
        }

        Node = Nodes[0];
        _faults = new FaultPlayer(this);
        _storedIds = new(() => Ledger.StoredIds(this));
    }

    public Schedule Schedule { get; }

    public Timeline Timeline { get; }

    public RunStatistics Statistics { get; } = new();

    /// <summary>The Redis servers: one, a master and its replica, or two masters of a cluster.</summary>
    public IReadOnlyList<RedisNode> Nodes { get; }

    /// <summary>The master: of two, the one promoted last; on a cluster, the one that has the keys.</summary>
    public RedisNode Node { get; set; } = null!;

    /// <summary>How often a Redis lost keys, or another took over that may lack some.</summary>
    public int Losses => LossesOfKeys + Nodes.Sum(static node => node.Replication.Failovers);

    /// <summary>How often a Redis lost keys of its own.</summary>
    public int LossesOfKeys => Nodes.Sum(static node => node.Losses);

    /// <summary>What was acknowledged before each failover, and what the replica had that took over.</summary>
    public List<(SentMessage[] Acknowledged, Keyspace Keys)> Failovers { get; } = [];

    public Scenario Scenario => _scenario;

    public IReadOnlyList<FarmServer> Servers => _servers;

    public IReadOnlyList<FarmClient> Clients => _clients;

    public IReadOnlyList<SentMessage> Sent => _sent;

    /// <inheritdoc cref="Ledger.StoredIds"/>
    public ILookup<int, ulong> StoredIds => _storedIds.Value;

    public IEnumerable<FarmServer> LivingServers => _servers.Where(static server => !server.Actor.IsDead);

    /// <summary>Runs a scenario.</summary>
    public static RunResult Of(Scenario scenario, bool keepsTimeline = false)
    {
        var run = new FarmRun(scenario, keepsTimeline);
        string? failure;
        try
        {
            failure = run.Play();
        }
        catch (ViolationException violation)
        {
            failure = violation.Message;
        }
        finally
        {
            foreach (var server in run._servers)
            {
                server.Dispose();
            }
        }

        foreach (var server in run._servers)
        {
            Coverage.Count(server, run.Statistics);
        }

        return new RunResult(scenario, failure, run.Timeline, run.Statistics, run.Schedule.Steps);
    }

    public FarmServer StartServer(int streams)
    {
        var server = new FarmServer(_servers.Count, Schedule, Timeline, Statistics, Nodes, _scenario, streams);
        _servers.Add(server);
        if (_scenario.ClocksDiffer)
        {
            (server.Clock.Error, server.Clock.Drift) = RandomClock();
        }

        for (var i = 0; i < _scenario.ClientsPerServer; i++)
        {
            var index = _clients.Count;
            var client = new FarmClient(index, Schedule, Timeline, Statistics, ["all", "own" + index]);
            client.Connect(server);
            _clients.Add(client);
        }

        return server;
    }

    private (TimeSpan Error, double Drift) RandomClock() =>
        (_clocks.Between(TimeSpan.Zero, MostClockError) - (MostClockError / 2), (_clocks.NextDouble() - 0.5) * MostClockDrift);

    private string? Play()
    {
        for (var i = 0; i < _scenario.Servers; i++)
        {
            StartServer(_scenario.Streams);
        }

        foreach (var burst in _scenario.Bursts)
        {
            Schedule.In(burst.At, () => Send(burst, 0));
        }

        foreach (var fault in _scenario.Faults)
        {
            Schedule.In(fault.At, () => _faults.Begin(fault));
        }

        RunUntil(_scenario.End);
        RunUntil(_scenario.End + TimeToConverge);

        // A connection that died while another one was down is noticed when that one is back. A server with more
        // streams waits until the servers that were killed are considered gone.
        var kills = _scenario.Faults.Any(static fault => fault.Kind == FaultKind.ServerIsKilled);
        var longest = _scenario.End + (kills ? LongestToBeGone : LongestToConverge);
        while (Checks.Convergence.Objection(this) is not null && TimeSpan.FromTicks(Schedule.Now) < longest)
        {
            RunUntil(TimeSpan.FromTicks(Schedule.Now) + TimeSpan.FromSeconds(1));
        }

        Checks.Convergence.Check(this);

        // If Redis has lost its counter and nothing was sent since, the first message makes the ids jump. All servers
        // verify that.
        SendToAll(6);
        Checks.Convergence.Check(this);

        // Once more without any fault: every client receives every message, at once and by push.
        var before = Cost.Of(Statistics);
        var last = SendToAll(3);
        Checks.Convergence.CheckLast(this, last);
        Checks.Convergence.CheckCost(this, before, Cost.Of(Statistics));
        Ledger.Check(this);
        LogBounds.Check(this);
        if (_scenario is { ReplicaLag: not null, HasFactories: false, WaitForReplicas: 0 })
        {
            CheckFailoverByHand();
        }

        return null;
    }

    // Nobody tells the servers of it, and no connection breaks.
    private void CheckFailoverByHand()
    {
        var former = Node;
        Node = Nodes.Single(node => node != former);
        Node.Replication.Promote();
        RunUntil(TimeSpan.FromTicks(Schedule.Now) + TimeToLeave);
        var before = former.Published.Count;
        Checks.Convergence.CheckLast(this, SendToAll(3));
        if (former.Published.Count > before)
        {
            throw new ViolationException("A master that was replaced is left: it got messages three seconds after a failover by hand.");
        }
    }

    private SentMessage[] SendToAll(int count)
    {
        var sent = LivingServers.SelectMany(server => Enumerable.Range(0, count).Select(_ => Send(server, "all", 50))).ToArray();
        RunUntil(TimeSpan.FromTicks(Schedule.Now) + TimeSpan.FromSeconds(1));
        return sent;
    }

    private void RunUntil(TimeSpan end)
    {
        while (Schedule.Now < end.Ticks)
        {
            Schedule.RunUntil(Math.Min(end.Ticks, Schedule.Now + BetweenLooks.Ticks));
            foreach (var server in _servers)
            {
                server.LookAtTasks();
            }

            Bounds.Check(this);
            if (Schedule.Steps > MaxSteps)
            {
                throw new ViolationException($"Everything ends: {Schedule.Steps} steps, and no end.");
            }
        }
    }

    private void Send(Burst burst, int from)
    {
        var server = _servers[burst.Server];
        for (var i = from; i < burst.Count; i++)
        {
            if (server.Actor.IsDead)
            {
                return;
            }

            var key = i % 5 == 4 ? _clients[i % _clients.Count].Keys[1] : "all";
            server.Actor.Run(() => Send(server, key, burst.Size));
            if (burst.Interval > TimeSpan.Zero)
            {
                Schedule.In(burst.Interval, () => Send(burst, i + 1));
                return;
            }
        }
    }

    private SentMessage Send(FarmServer server, string key, int size)
    {
        var message = server.Send(_sent.Count, key, size, "source" + (_sent.Count % 3));
        _sent.Add(message);
        return message;
    }
}

/// <summary>The result of a run.</summary>
/// <param name="Scenario">The scenario that was run.</param>
/// <param name="Failure">The promise that was broken, and how; null if none was.</param>
/// <param name="Timeline">The events of the run.</param>
/// <param name="Statistics">How often each kind of event occurred.</param>
/// <param name="Steps">The number of steps.</param>
internal sealed record RunResult(Scenario Scenario, string? Failure, Timeline Timeline, RunStatistics Statistics, long Steps);
