using RedisBackplane.Simulation.World;

namespace RedisBackplane.Simulation.Redis;

/// <summary>What the replicas of one Redis have confirmed, and the connections that wait (<c>WAIT</c>).</summary>
internal sealed class ReplicaAcks(Schedule schedule)
{
    private readonly Dictionary<RedisNode, long> _confirmed = [];
    private readonly List<Waiting> _waiting = [];

    /// <summary>The number of writes so far.</summary>
    public long Written { get; private set; }

    /// <summary>Something was written.</summary>
    /// <returns>The number of writes so far.</returns>
    public long Write() => ++Written;

    /// <summary>A replica has all writes up to a number.</summary>
    public void Confirm(RedisNode replica, long written)
    {
        _confirmed[replica] = Math.Max(written, _confirmed.GetValueOrDefault(replica));
        foreach (var one in _waiting.FindAll(one => Count(one.Written) >= one.Replicas))
        {
            End(one);
        }
    }

    /// <summary>A replica no longer copies from this Redis.</summary>
    public void Forget(RedisNode replica) => _confirmed.Remove(replica);

    /// <summary>The connections that wait are closed.</summary>
    public void Clear() => _waiting.Clear();

    /// <summary>Answers when enough replicas have the writes up to a number, or when the time is over.</summary>
    public void WaitFor(Actor process, long written, int replicas, TimeSpan timeout, Action<long> answer)
    {
        var one = new Waiting(written, replicas, answer);
        _waiting.Add(one);
        if (Count(written) >= replicas)
        {
            End(one);
        }
        else
        {
            schedule.In(timeout, () => End(one), process);
        }
    }

    private void End(Waiting one)
    {
        if (_waiting.Remove(one))
        {
            one.Answer(Count(one.Written));
        }
    }

    private long Count(long written) => _confirmed.Values.LongCount(confirmed => confirmed >= written);

    private sealed record Waiting(long Written, int Replicas, Action<long> Answer);
}
