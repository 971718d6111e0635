using RedisBackplane.Simulation.World;

namespace RedisBackplane.Simulation.Redis;

/// <summary>
/// One modelled Redis: a process with a clock and keys. What it does is in its parts: the commands, the connections,
/// and the replication.
/// </summary>
internal sealed class RedisNode : IScriptHost
{
    // No key of the library may expire sooner.
    private static readonly TimeSpan LeastTimeToLive = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan BetweenPeers = TimeSpan.FromMilliseconds(0.2);

    private readonly Schedule _schedule;
    private long _lastSpread;
    private int _runs;

    public RedisNode(string name, Schedule schedule, Timeline timeline, RunStatistics statistics)
    {
        (Name, _schedule) = (name, schedule);
        Actor = new Actor(name);
        Commands = new Commands(this, timeline, statistics);
        Links = new ClientLinks(statistics);
        Replication = new Replication(this, schedule, timeline);
    }

    public string Name { get; }

    public Commands Commands { get; }

    public CommandFaults Faults { get; } = new();

    public ClientLinks Links { get; }

    public Replication Replication { get; }

    /// <summary>The process. Each restart creates another one.</summary>
    public Actor Actor { get; private set; }

    public Keyspace Keys { get; set; } = new();

    public bool IsUp { get; private set; } = true;

    public string RunId => Name + "run" + _runs;

    public bool HasSharded => true;

    /// <summary>How far its wall clock is ahead.</summary>
    public TimeSpan ClockError { get; set; }

    /// <summary>How much faster its clock runs.</summary>
    public double ClockDrift { get; set; }

    public long Microseconds =>
        (ServerClock.Epoch.UtcTicks - DateTime.UnixEpoch.Ticks + (long)(_schedule.Now * (1 + ClockDrift)) + ClockError.Ticks) / 10;

    /// <summary>Everything that it stored and published, in order.</summary>
    public List<byte[]> Published { get; } = [];

    /// <summary>How often it has lost keys of its own.</summary>
    public int Losses { get; private set; }

    /// <summary>The slot of the farm's keys, if this is a server of a cluster.</summary>
    public ClusterSlot? Slot { get; set; }

    /// <summary>The other servers of the cluster. They receive what is published on a plain channel.</summary>
    public IReadOnlyList<RedisNode> Peers { get; set; } = [];

    /// <summary>The keys, without those that have expired by now.</summary>
    public Keyspace KeysNow()
    {
        Keys.Now = Microseconds / 1000;
        return Keys;
    }

    public void Publish(string channel, byte[] payload, bool isSharded)
    {
        channel = isSharded ? ClientLinks.ShardedPrefix + channel : channel;
        Published.Add((byte[])payload.Clone());
        Replication.Forward(channel, payload);
        Links.Push(channel, payload);
        if (isSharded || Peers.Count == 0)
        {
            return;
        }

        _lastSpread = Math.Max(_schedule.Now + BetweenPeers.Ticks, _lastSpread + 1);
        foreach (var peer in Peers.Where(static peer => peer.IsUp))
        {
            _schedule.At(_lastSpread, () => peer.Links.Push(channel, payload), peer.Actor);
        }
    }

    /// <summary>Sets the wall clock. Keys expire by it.</summary>
    public void StepClock(TimeSpan by)
    {
        ClockError += by;
        Losses += by > LeastTimeToLive ? 1 : 0;
    }

    /// <summary>Loses all keys.</summary>
    public void Flush() => Lose(Keys.Clear);

    /// <summary>Loses one key.</summary>
    public void Evict(string key) => Lose(() => Keys.Delete(key));

    /// <summary>Ends the process; connections are closed, and none are accepted until it starts again.</summary>
    public void Crash()
    {
        IsUp = false;
        Actor.Kill();
        Replication.Acks.Clear();
        Links.Close(static _ => true);
        Commands.ForgetScripts();
    }

    /// <summary>Starts the process.</summary>
    /// <param name="memory">What it loads; null to start with the data that it had at the end.</param>
    public void Restart(Keyspace? memory)
    {
        _runs++;
        Actor = new Actor(Name);
        IsUp = true;
        if (memory is not null)
        {
            memory.Inherit(Keys);
            Keys = memory;
            Losses++;
        }

        Replication.Restart();
    }

    private void Lose(Action lose)
    {
        lose();
        Replication.Replicate();
        Losses++;
    }
}
