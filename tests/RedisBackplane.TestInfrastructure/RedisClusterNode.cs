namespace RedisBackplane.TestInfrastructure;

/// <summary>One node of a <see cref="RedisClusterFarm"/>.</summary>
public sealed class RedisClusterNode : IAsyncDisposable
{
    private readonly RedisServerProcess? _server;

    private RedisClusterNode(int port, int busPort, string id, RedisServerProcess? server = null)
    {
        Port = port;
        BusPort = busPort;
        Id = id;
        _server = server;
    }

    /// <summary>Its process; none if somebody else started the node.</summary>
    public RedisServerProcess Server => _server ?? throw new InvalidOperationException($"The node of port {Port} runs elsewhere.");

    public int Port { get; }

    /// <summary>Its name in the cluster, which survives restarts.</summary>
    public string Id { get; }

    internal int BusPort { get; }

    /// <summary>Whether it answers, as far as it was not stopped.</summary>
    internal bool IsRunning => _server is null or { IsRunning: true, IsPaused: false };

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? default;

    /// <summary>Runs a command on exactly this node, in the form of redis-cli.</summary>
    public Task<string[]> AskAsync(string command) => RespClient.AskOnceAsync(Port, command);

    internal static async Task<RedisClusterNode> StartAsync(TimeSpan nodeTimeout, string[] configuration)
    {
        var busPort = 0;
        var server = await RedisServerProcess.StartAsync(_ =>
        {
            // If another program uses one of the two ports, the start is repeated with two others.
            busPort = LoopbackPort.PickFree();
            return [.. Configuration(busPort, nodeTimeout), .. configuration];
        }).ConfigureAwait(false);
        return await FindAsync(server.Port, busPort, server).ConfigureAwait(false);
    }

    /// <summary>The node that already runs on a port.</summary>
    internal static async Task<RedisClusterNode> FindAsync(int port, int busPort, RedisServerProcess? server = null)
    {
        var id = await RespClient.AskOnceAsync(port, "CLUSTER MYID").ConfigureAwait(false);
        return new RedisClusterNode(port, busPort, id[0], server);
    }

    /// <summary>The configuration that makes a server a node.</summary>
    internal static string[] Configuration(int busPort, TimeSpan nodeTimeout) =>
    [
        "cluster-enabled yes",
        $"cluster-port {busPort}",
        FormattableString.Invariant($"cluster-node-timeout {nodeTimeout.TotalMilliseconds}"),
        "cluster-replica-validity-factor 0",
        "repl-diskless-sync-delay 0",
    ];

    /// <summary>The cluster as this node sees it.</summary>
    internal async Task<IReadOnlyList<NodeLine>> ReadNodesAsync() =>
        [
            .. (await AskAsync("CLUSTER NODES").ConfigureAwait(false))[0]
                .Split(['\n'], StringSplitOptions.RemoveEmptyEntries)
                .Select(NodeLine.Parse),
        ];

    /// <summary>A line of <c>CLUSTER NODES</c>.</summary>
    internal sealed record NodeLine(string Id, string? MasterId, bool IsFailed, IReadOnlyList<(int From, int To)> Slots)
    {
        private const int SlotsBegin = 8;

        public static NodeLine Parse(string line)
        {
            var words = line.Split(' ');
            var slots = words.Skip(SlotsBegin).Where(word => word[0] != '[').Select(word => word.Split('-'));
            return new NodeLine(
                words[0],
                words[3] == "-" ? null : words[3],
                words[2].Contains("fail"),
                [.. slots.Select(range => (Number(range[0]), Number(range[range.Length - 1])))]);
        }

        private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
    }
}
