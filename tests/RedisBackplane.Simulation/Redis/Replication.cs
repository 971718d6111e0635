using RedisBackplane.Simulation.World;

namespace RedisBackplane.Simulation.Redis;

/// <summary>
/// The role of one Redis: a replica copies the keys of its master; a master sends its writes to its replicas.
/// </summary>
internal sealed class Replication
{
    private readonly RedisNode _node;
    private readonly Schedule _schedule;
    private readonly Timeline _timeline;
    private readonly List<RedisNode> _replicas = [];
    private readonly List<(string Channel, byte[] Payload)> _published = [];
    private long _lastCopied;
    private int _histories;
    private int _copies;

    public Replication(RedisNode node, Schedule schedule, Timeline timeline)
    {
        (_node, _schedule, _timeline) = (node, schedule, timeline);
        Acks = new ReplicaAcks(schedule);
        BeginHistory(former: string.Empty);
    }

    /// <summary>The Redis that it copies from; null for a master.</summary>
    public RedisNode? Master { get; private set; }

    public bool IsReplica => Master is not null;

    /// <summary>How long its writes take to reach its replicas.</summary>
    public TimeSpan Lag { get; set; }

    /// <summary>The history of writes that it continues.</summary>
    public string Id { get; private set; } = string.Empty;

    /// <summary>The history of writes that it has taken over.</summary>
    public string FormerId { get; private set; } = string.Empty;

    /// <summary>How often it was promoted or demoted. Then it has only what another Redis had sent it.</summary>
    public int Failovers { get; private set; }

    /// <summary>What its replicas have confirmed.</summary>
    public ReplicaAcks Acks { get; }

    /// <summary>Stops copying, and accepts writes.</summary>
    public void Promote()
    {
        Leave();
        Master = null;
        BeginHistory(former: Id);
        _replicas.ForEach(replica => (replica.Replication.Id, replica.Replication.FormerId) = (Id, FormerId));
        Failovers++;
        Write("is a master");
    }

    /// <summary>Drops its data, and copies from another Redis.</summary>
    public void Follow(RedisNode master)
    {
        Leave();
        BeginAsReplicaOf(master);

        // A replica has no replicas to wait for.
        Acks.Clear();
        _node.Links.Close(static link => link.IsBlocked);
        Failovers++;
        Write($"follows {master.Name}");
    }

    /// <summary>Copies from another Redis from the start, while both are empty.</summary>
    public void BeginAsReplicaOf(RedisNode master)
    {
        Master = master;
        master.Replication._replicas.Add(_node);
        CopyAll(master);
    }

    /// <summary>The process has started. Its replicas see another history of writes, and copy all of it.</summary>
    public void Restart()
    {
        BeginHistory(former: string.Empty);
        _replicas.ForEach(replica => replica.Replication.CopyAll(_node));
    }

    /// <summary>A payload was published. The replicas get it with the writes.</summary>
    public void Forward(string channel, byte[] payload) => _published.Add((channel, payload));

    /// <summary>Sends what was written since the last call to the replicas.</summary>
    /// <returns>The number of writes so far; null if nothing was written since the last call.</returns>
    public long? Replicate()
    {
        if (_replicas.Count == 0)
        {
            _node.Keys.Writes = null;
            _published.Clear();
            return Acks.Write();
        }

        var (writes, payloads, process) = (_node.Keys.Writes!, _published.ToArray(), _node.Actor);
        var written = writes.Count > 0 ? Acks.Write() : (long?)null;
        _node.Keys.Writes = [];
        _published.Clear();
        _lastCopied = Math.Max(_schedule.Now + Lag.Ticks, _lastCopied + 1);
        foreach (var replica in _replicas)
        {
            // What was written before a copy of all keys is in that copy.
            var copies = replica.Replication._copies;
            _schedule.At(_lastCopied, () =>
            {
                if (replica.Replication.Master == _node && replica.Replication._copies == copies && replica.IsUp && !process.IsDead)
                {
                    replica.Keys.Apply(writes);
                    Array.ForEach(payloads, payload => replica.Links.Push(payload.Channel, payload.Payload));
                    Confirm(replica, written);
                }
            });
        }

        return written;
    }

    // The ids begin and end with zeros, as one in eight of Redis's does.
    private void BeginHistory(string former) => (Id, FormerId) = ($"00{_node.Name}replid{++_histories}00", former);

    private void CopyAll(RedisNode master)
    {
        _copies++;
        _node.Keys = master.Keys.Copy();
        master.Keys.Writes = [];
        (Id, FormerId) = (master.Replication.Id, master.Replication.FormerId);
        master.Replication.Acks.Confirm(_node, master.Replication.Acks.Written);
    }

    private void Leave()
    {
        Master?.Replication._replicas.Remove(_node);
        Master?.Replication.Acks.Forget(_node);
    }

    // The replica reports what it has.
    private void Confirm(RedisNode replica, long? written)
    {
        if (written is not { } number)
        {
            return;
        }

        _schedule.In(
            Lag,
            () =>
            {
                if (replica.Replication.Master == _node)
                {
                    Acks.Confirm(replica, number);
                }
            },
            _node.Actor);
    }

    private void Write(string what)
    {
        if (_timeline.IsKept)
        {
            _timeline.Write(_node.Name, what);
        }
    }
}
