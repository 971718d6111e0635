namespace RedisBackplane.TestInfrastructure;

/// <summary>
/// A Redis Cluster of three masters with a replica each, on its own loopback ports. Ends with
/// <see cref="DisposeAsync"/> or with this process. Not thread-safe.
/// </summary>
public sealed class RedisClusterFarm : IAsyncDisposable
{
    internal const int Size = 2 * Masters;

    private const int Masters = 3;
    private const int Slots = 16384;

    // As short as possible on a busy test machine: the nodes must not consider each other dead.
    internal static readonly TimeSpan NodeTimeout = TimeSpan.FromSeconds(2);

    private readonly List<RedisClusterNode> _nodes = [];
    private bool _isCounted;

    private RedisClusterFarm()
    {
    }

    /// <summary>All six nodes; the first ones were the masters at the beginning.</summary>
    public IReadOnlyList<RedisClusterNode> Nodes => _nodes;

    /// <summary>The connection string for StackExchange.Redis: two nodes, from which it finds the others.</summary>
    public string ConnectionString => EndPointOf(_nodes[0]) + "," + EndPointOf(_nodes[1]);

    /// <summary>Starts all six, and waits until each considers the cluster complete.</summary>
    /// <param name="configuration">Additional lines of every node's configuration.</param>
    public static async Task<RedisClusterFarm> StartAsync(params string[] configuration)
    {
        await FarmLimit.EnterAsync().ConfigureAwait(false);
        var farm = new RedisClusterFarm { _isCounted = true };
        try
        {
            var nodes = await Task.WhenAll(Enumerable.Range(0, Size).Select(_ => RedisClusterNode.StartAsync(NodeTimeout, configuration)))
                .ConfigureAwait(false);
            farm._nodes.AddRange(nodes);
            await farm.FormAsync().ConfigureAwait(false);
            return farm;
        }
        catch
        {
            await farm.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Makes a cluster of running nodes, and waits until it is complete. It does not end them.</summary>
    /// <param name="nodes">The nodes, which do not know each other yet.</param>
    /// <param name="isFormed">Whether the nodes know each other from an earlier cluster.</param>
    internal static Task FormAsync(IReadOnlyList<RedisClusterNode> nodes, bool isFormed)
    {
        var farm = new RedisClusterFarm();
        farm._nodes.AddRange(nodes);
        return isFormed ? farm.BecomesWholeAsync() : farm.FormAsync();
    }

    /// <summary>The slot of a key or of a hash tag.</summary>
    public async Task<int> SlotOfAsync(string key) =>
        int.Parse((await _nodes[0].AskAsync("CLUSTER KEYSLOT " + key).ConfigureAwait(false))[0], CultureInfo.InvariantCulture);

    /// <summary>The master of a slot, according to the running nodes.</summary>
    public async Task<RedisClusterNode> OwnerOfAsync(int slot) =>
        await FindOwnerAsync(slot).ConfigureAwait(false) ?? throw new InvalidOperationException($"Nobody has slot {slot}.");

    public async Task<RedisClusterNode> AnotherMasterAsync(RedisClusterNode than)
    {
        var masters = await MastersAsync(than).ConfigureAwait(false);
        return masters.First(node => node != than);
    }

    public async Task<RedisClusterNode> ReplicaOfAsync(RedisClusterNode master)
    {
        var line = (await master.ReadNodesAsync().ConfigureAwait(false)).First(node => node.MasterId == master.Id);
        return _nodes.Single(node => node.Id == line.Id);
    }

    /// <summary>Lets a replica take over from its master, in agreement with it, and waits until it has.</summary>
    public async Task FailOverAsync(int slot)
    {
        var master = await OwnerOfAsync(slot).ConfigureAwait(false);
        var replica = await ReplicaOfAsync(master).ConfigureAwait(false);
        _ = await replica.AskAsync("CLUSTER FAILOVER").ConfigureAwait(false);
        await HasMovedAsync(slot, master).ConfigureAwait(false);
    }

    /// <summary>Waits until all running nodes agree that a slot has moved, and that the cluster is complete.</summary>
    public async Task HasMovedAsync(int slot, RedisClusterNode from) =>
        await Eventually.BecomesTrueAsync(
            async () =>
            {
                var owner = await FindOwnerAsync(slot).ConfigureAwait(false);
                return owner is not null && owner.Id != from.Id && await IsWholeAsync().ConfigureAwait(false);
            },
            $"slot {slot} has moved").ConfigureAwait(false);

    /// <summary>Moves a slot to another master, key by key, as a resharding does.</summary>
    /// <param name="to">The master that gets it.</param>
    /// <param name="lasts">How long it is on both servers, after the first of its keys has moved.</param>
    public async Task MigrateAsync(int slot, RedisClusterNode to, TimeSpan lasts = default)
    {
        var from = await OwnerOfAsync(slot).ConfigureAwait(false);
        _ = await to.AskAsync($"CLUSTER SETSLOT {slot} IMPORTING {from.Id}").ConfigureAwait(false);
        _ = await from.AskAsync($"CLUSTER SETSLOT {slot} MIGRATING {to.Id}").ConfigureAwait(false);
        var isFirst = true;
        while (await from.AskAsync($"CLUSTER GETKEYSINSLOT {slot} 10").ConfigureAwait(false) is { Length: > 0 } keys)
        {
            foreach (var key in keys)
            {
                _ = await from.AskAsync($"MIGRATE {RedisServerProcess.Host} {to.Port} {key} 0 5000").ConfigureAwait(false);
                if (isFirst)
                {
                    isFirst = false;
                    await Task.Delay(lasts).ConfigureAwait(false);
                }
            }
        }

        // The target first, as Redis advises: otherwise nobody would have the slot for a moment.
        foreach (var node in (RedisClusterNode[])[to, from])
        {
            _ = await node.AskAsync($"CLUSTER SETSLOT {slot} NODE {to.Id}").ConfigureAwait(false);
        }

        await HasMovedAsync(slot, from).ConfigureAwait(false);
    }

    /// <summary>Kills all nodes; their memory is lost.</summary>
    public async Task StopAsync()
    {
        foreach (var node in _nodes.Where(node => node.IsRunning))
        {
            await node.Server.KillAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Starts the nodes that do not run, on their ports, and waits until the cluster is complete.</summary>
    public async Task StartAgainAsync()
    {
        await Task.WhenAll(_nodes.Where(node => !node.IsRunning).Select(node => node.Server.StartAgainAsync())).ConfigureAwait(false);
        await BecomesWholeAsync().ConfigureAwait(false);
    }

    public async Task AskMastersAsync(string command)
    {
        foreach (var node in await MastersAsync(_nodes[0]).ConfigureAwait(false))
        {
            _ = await node.AskAsync(command).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync().ConfigureAwait(false);
        }

        if (_isCounted)
        {
            _isCounted = false;
            FarmLimit.Leave();
        }
    }

    private static string EndPointOf(RedisClusterNode node) =>
        RedisServerProcess.Host + ":" + node.Port.ToString(CultureInfo.InvariantCulture);

    // The nodes with slots, according to one node.
    private async Task<IReadOnlyList<RedisClusterNode>> MastersAsync(RedisClusterNode seenBy)
    {
        var nodes = await seenBy.ReadNodesAsync().ConfigureAwait(false);
        var masters = nodes.Where(line => line.Slots.Count > 0).Select(line => line.Id).ToList();
        return [.. _nodes.Where(node => masters.Contains(node.Id))];
    }

    private async Task FormAsync()
    {
        var first = _nodes[0];
        for (var i = 0; i < Masters; i++)
        {
            var (from, to) = (i * Slots / Masters, ((i + 1) * Slots / Masters) - 1);
            _ = await _nodes[i].AskAsync($"CLUSTER ADDSLOTSRANGE {from} {to}").ConfigureAwait(false);
        }

        // Different epochs from the start, because nodes with equal ones first have to resolve that.
        for (var i = 0; i < _nodes.Count; i++)
        {
            _ = await _nodes[i].AskAsync($"CLUSTER SET-CONFIG-EPOCH {i + 1}").ConfigureAwait(false);
        }

        foreach (var node in _nodes.Skip(1))
        {
            _ = await first.AskAsync($"CLUSTER MEET {RedisServerProcess.Host} {node.Port} {node.BusPort}").ConfigureAwait(false);
        }

        for (var i = Masters; i < _nodes.Count; i++)
        {
            var (replica, master) = (_nodes[i], _nodes[i - Masters]);
            await Eventually.BecomesTrueAsync(
                async () => (await replica.ReadNodesAsync().ConfigureAwait(false)).Count == _nodes.Count, "a node has met all others")
                .ConfigureAwait(false);
            _ = await replica.AskAsync("CLUSTER REPLICATE " + master.Id).ConfigureAwait(false);
        }

        await BecomesWholeAsync().ConfigureAwait(false);
    }

    private Task BecomesWholeAsync() => Eventually.BecomesTrueAsync(IsWholeAsync, "the cluster is whole");

    // Every running node reports it, names an owner for the same slots, and every replica is synchronised.
    private async Task<bool> IsWholeAsync()
    {
        foreach (var node in _nodes.Where(node => node.IsRunning))
        {
            var lines = await node.ReadNodesAsync().ConfigureAwait(false);
            var info = await node.AskAsync("CLUSTER INFO").ConfigureAwait(false);
            var replication = await node.AskAsync("INFO replication").ConfigureAwait(false);
            if (!info[0].Contains("cluster_state:ok")
                || lines.Count != _nodes.Count
                || lines.Any(line => line.MasterId is null && line.Slots.Count == 0 && !line.IsFailed && IsRunning(line.Id))
                || replication[0].Contains("master_link_status:down"))
            {
                return false;
            }
        }

        return true;
    }

    private bool IsRunning(string id) => _nodes.Any(node => node.Id == id && node.IsRunning);

    private async Task<RedisClusterNode?> FindOwnerAsync(int slot)
    {
        string? owner = null;
        foreach (var node in _nodes.Where(node => node.IsRunning))
        {
            var nodes = await node.ReadNodesAsync().ConfigureAwait(false);
            var seen = nodes.FirstOrDefault(line => line.Slots.Any(range => range.From <= slot && slot <= range.To))?.Id;
            if (seen is null || (owner is not null && owner != seen))
            {
                return null;
            }

            owner = seen;
        }

        return _nodes.SingleOrDefault(node => node.Id == owner);
    }
}
