using RedisBackplane.Simulation.World;
using StackExchange.Redis;

namespace RedisBackplane.Simulation.Redis;

/// <summary>One modelled Redis: its keys, its scripts, its channels, and the faults that it may have.</summary>
internal sealed class RedisNode : IScriptHost
{
    /// <summary>The beginning of the name of a sharded channel. It has nothing to do with a plain one.</summary>
    public const string ShardedPrefix = "sharded:";

    // No key of the library may expire sooner.
    private static readonly TimeSpan LeastTimeToLive = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan BetweenPeers = TimeSpan.FromMilliseconds(0.2);

    private readonly Schedule _schedule;
    private readonly Timeline _timeline;
    private readonly RunStatistics _statistics;
    private readonly List<Link> _links = [];
    private readonly Dictionary<string, List<Link>> _subscribers = [];
    private readonly Dictionary<UInt128, ModelledScript> _scripts = [];
    private readonly List<RedisNode> _replicas = [];
    private readonly List<(string Channel, byte[] Payload)> _forReplicas = [];
    private readonly ReplicaAcks _acks;
    private long _lastCopied;
    private long _lastSpread;
    private int _runs;
    private int _replications;
    private int _copies;

    public RedisNode(string name, Schedule schedule, Timeline timeline, RunStatistics statistics)
    {
        (Name, _schedule, _timeline, _statistics) = (name, schedule, timeline, statistics);
        Actor = new Actor(name);
        _acks = new ReplicaAcks(schedule);
        BeginReplication(former: string.Empty);
    }

    public string Name { get; }

    /// <summary>The process. Each restart creates another one.</summary>
    public Actor Actor { get; private set; }

    public Keyspace Keys { get; private set; } = new();

    public bool IsUp { get; private set; } = true;

    public string RunId => Name + "run" + _runs;

    public bool HasSharded => true;

    /// <summary>How far its wall clock is ahead.</summary>
    public TimeSpan ClockError { get; set; }

    /// <summary>How much faster its clock runs.</summary>
    public double ClockDrift { get; set; }

    public long Microseconds =>
        (ServerClock.Epoch.UtcTicks - DateTime.UnixEpoch.Ticks + (long)(_schedule.Now * (1 + ClockDrift)) + ClockError.Ticks) / 10;

    /// <summary>The error that it returns for scripts, instead of running them.</summary>
    public string? RefusesWrites { get; set; }

    /// <summary>The error that it returns for everything.</summary>
    public string? RefusesAll { get; set; }

    /// <summary>How many of the next scripts it refuses; null for all.</summary>
    public int? RefusalsLeft { get; set; }

    /// <summary>How many bytes may wait for a subscriber before its connection is closed.</summary>
    public long OutputLimit { get; set; } = long.MaxValue;

    /// <summary>How often that happened.</summary>
    public int Overflows { get; private set; }

    /// <summary>
    /// Breaks the connection that carries the next batch: before it is stored, or before it is answered.
    /// </summary>
    public (bool IsStored, int Remaining)? CutsNextBatch { get; set; }

    /// <summary>Everything that it stored and published, in order.</summary>
    public List<byte[]> Published { get; } = [];

    /// <summary>How often it has lost keys of its own.</summary>
    public int Losses { get; private set; }

    /// <summary>How often it was promoted or demoted. Then it has only what another Redis had sent it.</summary>
    public int Failovers { get; private set; }

    /// <summary>The slot of the farm's keys, if this is a server of a cluster.</summary>
    public ClusterSlot? Slot { get; set; }

    /// <summary>The other servers of the cluster. They receive what is published on a plain channel.</summary>
    public IReadOnlyList<RedisNode> Peers { get; set; } = [];

    /// <summary>The Redis that it copies from; null for a master.</summary>
    public RedisNode? Master { get; private set; }

    /// <summary>How long its writes take to reach its replicas.</summary>
    public TimeSpan Lag { get; set; }

    /// <summary>The history of writes that it continues.</summary>
    public string Replication { get; private set; } = string.Empty;

    /// <summary>The history of writes that it has taken over.</summary>
    public string Former { get; private set; } = string.Empty;

    public string InfoReplication() =>
        $"role:{(Master is null ? "master" : "slave")}\r\nmaster_replid:{Replication}\r\nmaster_replid2:{Former}\r\n";

    public RedisResult Evaluate(string text, RedisKey[] keys, RedisValue[] arguments, Link link)
    {
        var script = ModelledScript.Of(text);
        _scripts.TryAdd(script.Hash, script);
        return Evaluate(script, keys, arguments, link);
    }

    public RedisResult EvaluateByHash(byte[] hash, RedisKey[] keys, RedisValue[] arguments, Link link)
    {
        CheckSlot(keys);
        return _scripts.TryGetValue(ModelledScript.HashOf(hash), out var script)
            ? Evaluate(script, keys, arguments, link)
            : throw new RedisServerException("NOSCRIPT No matching script. Please use EVAL.");
    }

    public RedisValue GetRange(string key, long start, long end)
    {
        Keys.Now = Microseconds / 1000;
        ThrowIfRefused(isWrite: false);
        Slot?.Check(this, key);
        var bytes = Keys.GetRange(key, start, end);
        _statistics.Read(bytes.Length);
        _timeline.Note(Happening.Read, start, bytes.Length);
        return bytes;
    }

    public RedisValue Get(string key)
    {
        Keys.Now = Microseconds / 1000;
        ThrowIfRefused(isWrite: false);
        Slot?.Check(this, key);
        return Keys.Get(key);
    }

    /// <summary>
    /// <c>WAIT</c>: answers when enough replicas have what a connection wrote. Until then, it does nothing else for it.
    /// </summary>
    public void Wait(Link link, int replicas, TimeSpan timeout, Action<long> answer)
    {
        ThrowIfRefused(isWrite: false);
        if (Master is not null)
        {
            throw new RedisServerException("ERR WAIT cannot be used with replica instances.");
        }

        link.Block();
        _acks.WaitFor(Actor, link.Written, replicas, timeout, reached =>
        {
            _statistics.Count(reached >= replicas ? "redis: replicas confirmed" : "redis: replicas did not confirm");
            answer(reached);
            link.Unblock();
        });
    }

    public void Publish(string channel, byte[] payload, bool isSharded)
    {
        channel = isSharded ? ShardedPrefix + channel : channel;
        Published.Add((byte[])payload.Clone());
        _forReplicas.Add((channel, payload));
        PublishHere(channel, payload);
        if (isSharded || Peers.Count == 0)
        {
            return;
        }

        _lastSpread = Math.Max(_schedule.Now + BetweenPeers.Ticks, _lastSpread + 1);
        foreach (var peer in Peers.Where(static peer => peer.IsUp))
        {
            _schedule.At(_lastSpread, () => peer.PublishHere(channel, payload), peer.Actor);
        }
    }

    /// <summary>Stops copying, and accepts writes.</summary>
    public void Promote()
    {
        Leave();
        Master = null;
        BeginReplication(former: Replication);
        _replicas.ForEach(replica => (replica.Replication, replica.Former) = (Replication, Former));
        Failovers++;
        Write("is a master");
    }

    /// <summary>Drops its data, and copies from another Redis.</summary>
    public void Follow(RedisNode master)
    {
        Leave();
        Master = master;
        master._replicas.Add(this);
        CopyAll(master);

        // A replica has no replicas to wait for.
        _acks.Clear();
        CloseLinks(static link => link.IsBlocked);
        Failovers++;
        Write($"follows {master.Name}");
    }

    /// <summary>Copies from another Redis from the start, while both are empty.</summary>
    public void BeginAsReplicaOf(RedisNode master)
    {
        Master = master;
        master._replicas.Add(this);
        CopyAll(master);
    }

    public void Accept(Link link) => _links.Add(link);

    public void Subscribe(Link link, string channel)
    {
        if (IsSharded(channel))
        {
            Slot?.CheckOwner(this);
        }

        if (!_subscribers.TryGetValue(channel, out var links))
        {
            _subscribers[channel] = links = [];
        }

        if (!links.Contains(link))
        {
            links.Add(link);
        }
    }

    public void Unsubscribe(Link link, string channel)
    {
        if (_subscribers.TryGetValue(channel, out var links))
        {
            links.Remove(link);
        }
    }

    /// <summary>
    /// Another server owns the slot now, so nothing is published here any more on channels that belong to it.
    /// </summary>
    public void EndShardedSubscriptions()
    {
        foreach (var channel in _subscribers.Keys.Where(IsSharded).ToArray())
        {
            _subscribers.Remove(channel, out var links);
            links!.ForEach(link => link.EndSubscription(channel));
        }
    }

    public void Forget(Link link)
    {
        _links.Remove(link);
        foreach (var links in _subscribers.Values)
        {
            links.Remove(link);
        }
    }

    /// <summary>Closes connections, as <c>CLIENT KILL</c> does.</summary>
    public void CloseLinks(Func<Link, bool> which)
    {
        foreach (var link in _links.Where(which).ToArray())
        {
            link.Break();
        }
    }

    /// <summary>Silences connections without either end noticing.</summary>
    public void Swallow(Func<Link, bool> which) => _links.Where(which).ToList().ForEach(static link => link.Swallow());

    public void ForgetScripts() => _scripts.Clear();

    /// <summary>Sets the wall clock. Keys expire by it.</summary>
    public void StepClock(TimeSpan by)
    {
        ClockError += by;
        Losses += by > LeastTimeToLive ? 1 : 0;
    }

    /// <summary>Loses all keys.</summary>
    public void Flush()
    {
        Keys.Clear();
        Replicate();
        Losses++;
    }

    /// <summary>Loses one key.</summary>
    public void Evict(string key)
    {
        Keys.Delete(key);
        Replicate();
        Losses++;
    }

    /// <summary>Ends the process; connections are closed, and none are accepted until it starts again.</summary>
    public void Crash()
    {
        IsUp = false;
        Actor.Kill();
        _acks.Clear();
        CloseLinks(static _ => true);
        _scripts.Clear();
    }

    /// <summary>Starts the process.</summary>
    /// <param name="memory">What it loads; null to start with the data that it had at the end.</param>
    public void Restart(Keyspace? memory)
    {
        _runs++;
        Actor = new Actor(Name);
        IsUp = true;
        BeginReplication(former: string.Empty);
        if (memory is not null)
        {
            memory.Inherit(Keys);
            Keys = memory;
            Losses++;
        }

        // They see another history of writes, and copy all of it.
        _replicas.ForEach(replica => replica.CopyAll(this));
    }

    private void CopyAll(RedisNode master)
    {
        _copies++;
        Keys = master.Keys.Copy();
        master.Keys.Writes = [];
        (Replication, Former) = (master.Replication, master.Former);
        master._acks.Confirm(this, master._acks.Written);
    }

    private void Leave()
    {
        Master?._replicas.Remove(this);
        Master?._acks.Forget(this);
    }

    private RedisResult Evaluate(ModelledScript script, RedisKey[] keys, RedisValue[] arguments, Link link)
    {
        var inputs = script.Bind(keys, arguments);
        Keys.Now = Microseconds / 1000;
        var isBatch = script.Name == "publish" && inputs.Number("count") > 0;
        if (isBatch)
        {
            _statistics.Published();
        }

        try
        {
            ThrowIfRefused(isWrite: true);
            CheckSlot(keys);
            if (isBatch && CutsNextBatch is { IsStored: false })
            {
                Cut(link);
                return RedisResult.Create(RedisValue.Null);
            }

            var reply = script.Run(Keys, this, inputs);
            link.Written = Replicate() ?? link.Written;
            Note(script.Name, link, reply);
            if (isBatch && CutsNextBatch is { IsStored: true })
            {
                Cut(link);
            }

            return RedisResult.Create(reply);
        }
        catch (RedisException exception)
        {
            _statistics.ScriptRefused(script.Name);
            if (_timeline.IsKept)
            {
                _timeline.Write(Name, $"{script.Name} for {link.Actor.Name}: {exception.Message}");
            }

            throw;
        }
    }

    private void ThrowIfRefused(bool isWrite)
    {
        if (RefusesAll is { } all)
        {
            throw new RedisServerException(all);
        }

        if (isWrite && Master is not null)
        {
            throw new RedisServerException("READONLY You can't write against a read only replica.");
        }

        if (isWrite && RefusesWrites is { } text)
        {
            if (RefusalsLeft is { } left && (RefusalsLeft = left - 1) == 0)
            {
                RefusesWrites = null;
                RefusalsLeft = null;
            }

            throw new RedisServerException(text);
        }
    }

    private static bool IsSharded(string channel) => channel.StartsWith(ShardedPrefix, StringComparison.Ordinal);

    private void CheckSlot(RedisKey[] keys) => Slot?.CheckAll(this, Array.ConvertAll(keys, static key => (string)key!));

    // The ids begin and end with zeros, as one in eight of Redis's does.
    private void BeginReplication(string former) => (Replication, Former) = ($"00{Name}replid{++_replications}00", former);

    private void Cut(Link link)
    {
        CutsNextBatch = CutsNextBatch is { Remaining: > 1 } cut ? (cut.IsStored, cut.Remaining - 1) : null;
        link.Break();
    }

    private void PublishHere(string channel, byte[] payload)
    {
        if (!_subscribers.TryGetValue(channel, out var links))
        {
            return;
        }

        foreach (var link in links.ToArray())
        {
            // A receiver writes the ids into the bytes that it got.
            link.Push(channel, (byte[])payload.Clone());
            if (!link.IsDead)
            {
                _statistics.Pushed();
            }

            if (link.BytesUnderWay > OutputLimit)
            {
                _statistics.Count("redis: subscriber with too much output closed");
                Overflows++;
                link.Break();
            }
        }
    }

    /// <returns>The number of writes so far; null if nothing was written since the last call.</returns>
    private long? Replicate()
    {
        if (_replicas.Count == 0)
        {
            Keys.Writes = null;
            _forReplicas.Clear();
            return _acks.Write();
        }

        var (writes, payloads, process) = (Keys.Writes!, _forReplicas.ToArray(), Actor);
        var written = writes.Count > 0 ? _acks.Write() : (long?)null;
        Keys.Writes = [];
        _forReplicas.Clear();
        _lastCopied = Math.Max(_schedule.Now + Lag.Ticks, _lastCopied + 1);
        foreach (var replica in _replicas)
        {
            // What was written before a copy of all keys is in that copy.
            var copies = replica._copies;
            _schedule.At(_lastCopied, () =>
            {
                if (replica.Master == this && replica._copies == copies && replica.IsUp && !process.IsDead)
                {
                    replica.Keys.Apply(writes);
                    Array.ForEach(payloads, payload => replica.PublishHere(payload.Channel, payload.Payload));
                    Confirm(replica, written);
                }
            });
        }

        return written;
    }

    // The replica reports what it has.
    private void Confirm(RedisNode replica, long? written)
    {
        if (written is { } number)
        {
            _schedule.In(
                Lag,
                () =>
                {
                    if (replica.Master == this)
                    {
                        _acks.Confirm(replica, number);
                    }
                },
                Actor);
        }
    }

    private void Note(string name, Link link, RedisValue[] reply)
    {
        _statistics.Script(name, (long)reply[0]);
        _timeline.Note(Happening.ScriptRan, name.Length, (long)reply[0], name == "publish" ? (long)reply[1] : 0);
        if (_timeline.IsKept && name != "join_farm")
        {
            _timeline.Write(Name, $"{name} for {link.Actor.Name}: {string.Join(", ", reply)}");
        }
    }

    private void Write(string what)
    {
        if (_timeline.IsKept)
        {
            _timeline.Write(Name, what);
        }
    }
}
