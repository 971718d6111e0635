using RedisBackplane.Simulation.World;
using StackExchange.Redis;

namespace RedisBackplane.Simulation.Redis;

/// <summary>One modelled Redis: its keys, its scripts, its channels, and what can befall it.</summary>
internal sealed class RedisNode : IScriptHost
{
    // No key of the library is to expire sooner.
    private static readonly TimeSpan LeastTimeToLive = TimeSpan.FromMinutes(10);

    private readonly Schedule _schedule;
    private readonly Timeline _timeline;
    private readonly RunStatistics _statistics;
    private readonly List<Link> _links = [];
    private readonly Dictionary<string, List<Link>> _subscribers = [];
    private readonly Dictionary<UInt128, ModelledScript> _scripts = [];
    private readonly List<RedisNode> _replicas = [];
    private readonly List<(string Channel, byte[] Payload)> _forReplicas = [];
    private long _lastCopied;
    private int _runs;
    private int _replications;

    public RedisNode(string name, Schedule schedule, Timeline timeline, RunStatistics statistics)
    {
        (Name, _schedule, _timeline, _statistics) = (name, schedule, timeline, statistics);
        Actor = new Actor(name);
        BeginReplication(former: string.Empty);
    }

    public string Name { get; }

    /// <summary>The process; another one after each restart.</summary>
    public Actor Actor { get; private set; }

    public Keyspace Keys { get; private set; } = new();

    public bool IsUp { get; private set; } = true;

    public string RunId => Name + "run" + _runs;

    /// <summary>By how much its wall clock is ahead.</summary>
    public TimeSpan ClockError { get; private set; }

    public long Microseconds => (ServerClock.Epoch.UtcTicks - DateTime.UnixEpoch.Ticks + _schedule.Now + ClockError.Ticks) / 10;

    /// <summary>What it answers to scripts, instead of running them.</summary>
    public string? RefusesWrites { get; set; }

    /// <summary>What it answers to everything.</summary>
    public string? RefusesAll { get; set; }

    /// <summary>How many of the next scripts it refuses; all, if it is not set.</summary>
    public int? RefusalsLeft { get; set; }

    /// <summary>How many bytes may wait for a subscriber, before its connection is closed.</summary>
    public long OutputLimit { get; set; } = long.MaxValue;

    /// <summary>Breaks the connection that brings the next batch: before it is stored, or before it is answered.</summary>
    public (bool IsStored, int Remaining)? CutsNextBatch { get; set; }

    /// <summary>Everything that it stored and published, in its order.</summary>
    public List<byte[]> Published { get; } = [];

    /// <summary>How often it has lost keys.</summary>
    public int Losses { get; private set; }

    /// <summary>Where it copies from; null for a master.</summary>
    public RedisNode? Master { get; private set; }

    /// <summary>How long what it writes takes to its replicas.</summary>
    public TimeSpan Lag { get; set; }

    /// <summary>Which history of writes it goes on with.</summary>
    public string Replication { get; private set; } = string.Empty;

    /// <summary>The one that it took over from.</summary>
    public string Former { get; private set; } = string.Empty;

    public string InfoReplication() =>
        $"role:{(Master is null ? "master" : "slave")}\r\nmaster_replid:{Replication}\r\nmaster_replid2:{Former}\r\n";

    public RedisResult Evaluate(string text, RedisKey[] keys, RedisValue[] arguments, Link link)
    {
        var script = ModelledScript.Of(text);
        _scripts.TryAdd(script.Hash, script);
        return Evaluate(script, keys, arguments, link);
    }

    public RedisResult EvaluateByHash(byte[] hash, RedisKey[] keys, RedisValue[] arguments, Link link) =>
        _scripts.TryGetValue(ModelledScript.HashOf(hash), out var script)
            ? Evaluate(script, keys, arguments, link)
            : throw new RedisServerException("NOSCRIPT No matching script. Please use EVAL.");

    public RedisValue GetRange(string key, long start, long end)
    {
        Keys.Now = Microseconds / 1000;
        ThrowIfRefused(isWrite: false);
        var bytes = Keys.GetRange(key, start, end);
        _statistics.Read(bytes.Length);
        _timeline.Note(Happening.Read, start, bytes.Length);
        return bytes;
    }

    public RedisValue Get(string key)
    {
        Keys.Now = Microseconds / 1000;
        ThrowIfRefused(isWrite: false);
        return Keys.Get(key);
    }

    public void Publish(string channel, byte[] payload)
    {
        Published.Add((byte[])payload.Clone());
        _forReplicas.Add((channel, payload));
        PublishHere(channel, payload);
    }

    /// <summary>Stops copying, and takes writes.</summary>
    public void Promote()
    {
        Master?._replicas.Remove(this);
        Master = null;
        BeginReplication(former: Replication);
        Losses++;
        Write("is a master");
    }

    /// <summary>Gives up what it has, and copies from another.</summary>
    public void Follow(RedisNode master)
    {
        Master?._replicas.Remove(this);
        Master = master;
        master._replicas.Add(this);
        Keys = master.Keys.Copy();
        (Replication, Former) = (master.Replication, master.Former);
        Losses++;
        Write($"follows {master.Name}");
    }

    /// <summary>Copies from another from the beginning, when both are empty.</summary>
    public void BeginAsReplicaOf(RedisNode master)
    {
        Master = master;
        Replication = master.Replication;
        master._replicas.Add(this);
    }

    public void Accept(Link link) => _links.Add(link);

    public void Subscribe(Link link, string channel)
    {
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

    /// <summary>Lets connections go silent, without telling either end.</summary>
    public void Swallow(Func<Link, bool> which) => _links.Where(which).ToList().ForEach(static link => link.Swallow());

    public void ForgetScripts() => _scripts.Clear();

    /// <summary>Sets the wall clock. What expires, expires by it.</summary>
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
        CloseLinks(static _ => true);
        _scripts.Clear();
    }

    /// <summary>Starts the process.</summary>
    /// <param name="memory">What it loads; null to start with what it had in the end.</param>
    public void Restart(Keyspace? memory)
    {
        _runs++;
        Actor = new Actor(Name);
        IsUp = true;
        BeginReplication(former: string.Empty);
        if (memory is not null)
        {
            Keys = memory;
            Losses++;
        }
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
            if (isBatch && CutsNextBatch is { IsStored: false })
            {
                Cut(link);
                return RedisResult.Create(RedisValue.Null);
            }

            var reply = script.Run(Keys, this, inputs);
            Replicate();
            Note(script.Name, link, reply);
            if (isBatch && CutsNextBatch is { IsStored: true })
            {
                Cut(link);
            }

            return RedisResult.Create([.. reply.Select(static value => RedisResult.Create(value))]);
        }
        catch (RedisServerException exception)
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

    private void BeginReplication(string former) => (Replication, Former) = ($"{Name}replid{++_replications}", former);

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
            // A receiver writes the ids into what it got.
            link.Push(channel, (byte[])payload.Clone());
            if (!link.IsDead)
            {
                _statistics.Pushed();
            }

            if (link.BytesUnderWay > OutputLimit)
            {
                link.Break();
            }
        }
    }

    private void Replicate()
    {
        if (_replicas.Count == 0)
        {
            Keys.Changed.Clear();
            _forReplicas.Clear();
            return;
        }

        var (changes, payloads, process) = (Keys.TakeChanges(), _forReplicas.ToArray(), Actor);
        _forReplicas.Clear();
        _lastCopied = Math.Max(_schedule.Now + Lag.Ticks, _lastCopied + 1);
        foreach (var replica in _replicas)
        {
            _schedule.At(_lastCopied, () =>
            {
                if (replica.Master == this && replica.IsUp && !process.IsDead)
                {
                    replica.Keys.Apply(changes);
                    Array.ForEach(payloads, payload => replica.PublishHere(payload.Channel, payload.Payload));
                }
            });
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
