using RedisBackplane.Simulation.World;
using StackExchange.Redis;

namespace RedisBackplane.Simulation.Redis;

/// <summary>The commands of one Redis that the library calls, and the scripts that it knows by their hash.</summary>
internal sealed class Commands(RedisNode node, Timeline timeline, RunStatistics statistics)
{
    private readonly Dictionary<UInt128, ModelledScript> _scripts = [];

    public void ForgetScripts() => _scripts.Clear();

    public string InfoReplication()
    {
        var role = node.Replication;
        return $"role:{(role.IsReplica ? "slave" : "master")}\r\nmaster_replid:{role.Id}\r\nmaster_replid2:{role.FormerId}\r\n";
    }

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
        var bytes = ReadableKeys(key).GetRange(key, start, end);
        statistics.Read(bytes.Length);
        timeline.Note(Happening.Read, start, bytes.Length);
        return bytes;
    }

    public RedisValue Get(string key) => ReadableKeys(key).Get(key);

    /// <summary>
    /// <c>WAIT</c>: answers when enough replicas have what a connection wrote. Until then, it does nothing else for it.
    /// </summary>
    public void Wait(Link link, int replicas, TimeSpan timeout, Action<long> answer)
    {
        ThrowIfRefused(isWrite: false);
        if (node.Replication.IsReplica)
        {
            throw new RedisServerException("ERR WAIT cannot be used with replica instances.");
        }

        link.Block();
        node.Replication.Acks.WaitFor(node.Actor, link.Written, replicas, timeout, reached =>
        {
            statistics.Count(reached >= replicas ? "redis: replicas confirmed" : "redis: replicas did not confirm");
            answer(reached);
            link.Unblock();
        });
    }

    public void Subscribe(Link link, string channel)
    {
        if (ClientLinks.IsSharded(channel))
        {
            node.Slot?.CheckOwner(node);
        }

        node.Links.Subscribe(link, channel);
    }

    private RedisResult Evaluate(ModelledScript script, RedisKey[] keys, RedisValue[] arguments, Link link)
    {
        var inputs = script.Bind(keys, arguments);
        var db = node.KeysNow();
        var isBatch = script.Name == "publish" && inputs.Number("count") > 0;
        if (isBatch)
        {
            statistics.Published();
        }

        try
        {
            ThrowIfRefused(isWrite: true);
            CheckSlot(keys);
            if (isBatch && node.Faults.Cut(link, isStored: false))
            {
                return RedisResult.Create(RedisValue.Null);
            }

            var reply = script.Run(db, node, inputs);
            link.Written = node.Replication.Replicate() ?? link.Written;
            Note(script.Name, link, reply);
            if (isBatch)
            {
                node.Faults.Cut(link, isStored: true);
            }

            return RedisResult.Create(reply);
        }
        catch (RedisException exception)
        {
            statistics.ScriptRefused(script.Name);
            if (timeline.IsKept)
            {
                timeline.Write(node.Name, $"{script.Name} for {link.Actor.Name}: {exception.Message}");
            }

            throw;
        }
    }

    private Keyspace ReadableKeys(string key)
    {
        var keys = node.KeysNow();
        ThrowIfRefused(isWrite: false);
        node.Slot?.Check(node, key);
        return keys;
    }

    private void ThrowIfRefused(bool isWrite) => node.Faults.ThrowIfRefused(isWrite, node.Replication.IsReplica);

    private void CheckSlot(RedisKey[] keys) => node.Slot?.CheckAll(node, Array.ConvertAll(keys, static key => (string)key!));

    private void Note(string name, Link link, RedisValue[] reply)
    {
        statistics.Script(name, (long)reply[0]);
        timeline.Note(Happening.ScriptRan, name.Length, (long)reply[0], name == "publish" ? (long)reply[1] : 0);
        if (timeline.IsKept && name != "join_farm")
        {
            timeline.Write(node.Name, $"{name} for {link.Actor.Name}: {string.Join(", ", reply)}");
        }
    }
}
