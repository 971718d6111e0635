using RedisBackplane.Simulation.World;
using StackExchange.Redis;

namespace RedisBackplane.Simulation.Client;

/// <summary>
/// What a multiplexer knows of its servers: their roles, and which of them has the keys. It chooses the server of a
/// call.
/// </summary>
internal sealed class KnownServers
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestElection = TimeSpan.FromSeconds(2);

    private readonly ClientEnvironment _environment;
    private int _turn;

    private ClientNode? _owner;

    public KnownServers(ClientEnvironment environment, ClientNode[] all) => (_environment, All) = (environment, all);

    /// <summary>The client has checked every server.</summary>
    public event Action? Configured;

    public ClientNode[] All { get; }

    /// <summary>Of a cluster: the server that is presumed to own the slot of the farm's keys.</summary>
    public ClientNode Owner => _owner ?? throw new RedisConnectionException(ConnectionFailureType.UnableToConnect, "no owner");

    public bool IsClosed { get; private set; }

    private Schedule Schedule => _environment.Schedule;

    private bool IsCluster => All[0].Node.Slot is not null;

    /// <summary>
    /// Returns the server of the next call; null if there is none. Until the client has chosen a master, all masters
    /// are used in turn.
    /// </summary>
    public ClientNode? ForCall(bool isWrite)
    {
        if (IsCluster)
        {
            return _owner is { Calls.IsUp: true } ? _owner : null;
        }

        var masters = Array.FindAll(All, static node => node.Calls.IsUp && !node.IsReplica && !node.IsRedundant);
        return masters.Length > 0
            ? masters[_turn++ % masters.Length]
            : isWrite ? null : Array.Find(All, static node => node.Calls.IsUp);
    }

    /// <summary>
    /// Returns the server of a subscription; null if there is none. On a cluster, the name of the channel leads to the
    /// owner of the slot, also for a plain channel.
    /// </summary>
    public ClientNode? ForChannel() => IsCluster
        ? _owner is { Channel.IsUp: true } ? _owner : null
        : Array.Find(All, static node => node.Channel.IsUp && !node.IsReplica && !node.IsRedundant)
            ?? Array.Find(All, static node => node.Channel.IsUp);

    /// <summary>
    /// Remembers where a server has redirected a call. The client library does so even if it does not follow.
    /// </summary>
    public void NoteMoved(RedisServerException refusal)
    {
        if (refusal.Message.Contains("MOVED", StringComparison.Ordinal))
        {
            _environment.Statistics.Count("redis: call redirected");
            _owner = Array.Find(All, node => refusal.Message.Contains(node.Node.Name, StringComparison.Ordinal));
        }
    }

    /// <summary>Remembers what a refusal says about a server.</summary>
    public void Note(ClientNode node, RedisServerException refusal)
    {
        NoteMoved(refusal);
        if (All.Length > 1 && !node.IsReplica && refusal.Message.StartsWith("READONLY", StringComparison.Ordinal))
        {
            node.IsReplica = true;
            LookSoon();
        }
    }

    /// <summary>The connection for calls to a server works.</summary>
    public void NoteConnected(ClientNode node)
    {
        node.IsReplica = node.Node.Replication.IsReplica;
        node.IsRedundant = false;
        _owner ??= Array.Find(All, one => one.Node == node.Node.Slot?.Owner);
        LookSoon();
    }

    /// <summary>Checks every server, and chooses one of several masters.</summary>
    public async Task<bool> ConfigureAsync()
    {
        await LookAsync().ConfigureAwait(false);
        var masters = Array.FindAll(All, static node => node.Calls.IsUp && !node.IsReplica);
        for (var i = 0; i < masters.Length; i++)
        {
            masters[i].IsRedundant = !IsCluster && i != _turn % masters.Length;
        }

        Schedule.At(Schedule.Now + Schedule.Chance.Between(0, 2000), () => Configured?.Invoke(), _environment.Actor);
        return true;
    }

    /// <summary>
    /// Learns the roles of servers at once. If there are two masters, the client decides some time later which one to
    /// use.
    /// </summary>
    public void LookSoon()
    {
        if (All.Length > 1 && !IsClosed)
        {
            _ = LookAsync();
            Schedule.In(
                Schedule.Chance.Between(TimeSpan.Zero, LongestElection), () => _ = IsClosed ? null : ConfigureAsync(), _environment.Actor);
        }
    }

    public void Connect()
    {
        foreach (var node in All)
        {
            node.Calls.Start();
            node.Channel.Start();
        }
    }

    public void LookNowAndThen() => Schedule.In(BetweenLooks, LookAgainAndAgain, _environment.Actor);

    public void Close()
    {
        if (!IsClosed)
        {
            IsClosed = true;
            foreach (var node in All)
            {
                node.Calls.Close();
                node.Channel.Close();
            }
        }
    }

    private void LookAgainAndAgain()
    {
        if (All.Length > 1 && !IsClosed)
        {
            _ = LookAsync();
            LookNowAndThen();
        }
    }

    private async Task LookAsync()
    {
        await LookForOwnerAsync().ConfigureAwait(false);
        foreach (var node in All)
        {
            if (node.Calls.IsUp)
            {
                try
                {
                    node.IsReplica = await node.Calls.CallAsync(30, static link => link.Node.Replication.IsReplica, static _ => 500)
                        .ConfigureAwait(false);
                }
                catch (RedisException)
                {
                    // Its presumed role does not change.
                }
            }
        }
    }

    // Any server of the cluster knows the owner.
    private async Task LookForOwnerAsync()
    {
        if (IsCluster && Array.Find(All, static node => node.Calls.IsUp) is { } node)
        {
            try
            {
                var owner = await node.Calls.CallAsync(30, static link => link.Node.Slot!.Owner, static _ => 500).ConfigureAwait(false);
                _owner = Array.Find(All, one => one.Node == owner);
            }
            catch (RedisException)
            {
                // The presumed owner does not change.
            }
        }
    }
}
