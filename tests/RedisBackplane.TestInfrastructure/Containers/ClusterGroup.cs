namespace RedisBackplane.TestInfrastructure.Containers;

/// <summary>A cluster of three masters with a replica each, as in <see cref="RedisClusterFarm"/>.</summary>
public sealed class ClusterGroup : ServerGroup
{
    // The ports of the nodes' own connections are used only within the container.
    private readonly (int Port, int BusPort)[] _nodes =
        [.. Enumerable.Range(0, RedisClusterFarm.Size).Select(_ => (LoopbackPort.PickFree(), LoopbackPort.PickFree()))];

    private bool _isFormed;

    public override IReadOnlyList<ScriptedServer> Servers =>
    [
        .. _nodes.Select(node => new ScriptedServer(
            node.Port,
            [
                .. RedisClusterNode.Configuration(node.BusPort, RedisClusterFarm.NodeTimeout),
                $"cluster-announce-ip {RedisServerProcess.Host}",
            ])),
    ];

    public override ConfigurationOptions Client => ConfigurationOptions.Parse(string.Join(",", Servers.Take(2).Select(EndPointOf)));

    protected override async Task BecomesReadyAsync()
    {
        await AllAnswerAsync().ConfigureAwait(false);
        var nodes = await Task.WhenAll(_nodes.Select(node => RedisClusterNode.FindAsync(node.Port, node.BusPort))).ConfigureAwait(false);

        // Nodes that are started again know each other.
        await RedisClusterFarm.FormAsync(nodes, _isFormed).ConfigureAwait(false);
        _isFormed = true;
    }
}
