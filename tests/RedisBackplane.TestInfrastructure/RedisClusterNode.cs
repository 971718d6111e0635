using System.Globalization;

namespace RedisBackplane.TestInfrastructure;

/// <summary>One node of a <see cref="RedisClusterFarm"/>.</summary>
public sealed class RedisClusterNode : IAsyncDisposable
{
    private RedisClusterNode(RedisServerProcess server, int busPort, string id)
    {
        Server = server;
        BusPort = busPort;
        Id = id;
    }

    /// <summary>Its process.</summary>
    public RedisServerProcess Server { get; }

    /// <summary>Its name in the cluster; it keeps it through restarts.</summary>
    public string Id { get; }

    internal int BusPort { get; }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Server.DisposeAsync();

    /// <summary>Runs a command on this node and no other, given as it would be typed.</summary>
    public Task<string[]> AskAsync(string command) => RespClient.AskOnceAsync(Server.Port, command);

    internal static async Task<RedisClusterNode> StartAsync(TimeSpan nodeTimeout, string[] configuration)
    {
        var busPort = LoopbackPort.PickFree();
        var server = await RedisServerProcess.StartAsync(
            [
                "cluster-enabled yes",
                $"cluster-port {busPort}",
                FormattableString.Invariant($"cluster-node-timeout {nodeTimeout.TotalMilliseconds}"),
                "cluster-replica-validity-factor 0",
                "repl-diskless-sync-delay 0",
                .. configuration,
            ]).ConfigureAwait(false);
        var id = await RespClient.AskOnceAsync(server.Port, "CLUSTER MYID").ConfigureAwait(false);
        return new RedisClusterNode(server, busPort, id[0]);
    }

    /// <summary>The cluster as this node sees it.</summary>
    internal async Task<IReadOnlyList<NodeLine>> ReadNodesAsync() =>
        [.. (await AskAsync("CLUSTER NODES").ConfigureAwait(false))[0].Split(['\n'], StringSplitOptions.RemoveEmptyEntries).Select(NodeLine.Parse)];

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
