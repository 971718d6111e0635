using System.Net;
using RedisBackplane.Simulation.Redis;
using RedisBackplane.Simulation.World;
using StackExchange.Redis;

namespace RedisBackplane.Simulation.Client;

/// <summary>The environment of a multiplexer: its server, the Redis servers, and the network between them.</summary>
internal sealed record ClientEnvironment(
    Schedule Schedule,
    Timeline Timeline,
    RunStatistics Statistics,
    Actor Actor,
    IReadOnlyList<RedisNode> Nodes,
    NetworkPath Calls,
    NetworkPath Channel,
    TimeSpan ConnectTimeout)
{
    /// <summary>The environment restricted to the Redis servers of a configuration.</summary>
    public ClientEnvironment Of(ConfigurationOptions configuration) => this with
    {
        Nodes = [.. configuration.EndPoints.Cast<DnsEndPoint>().Select(endPoint => Nodes.Single(node => node.Name == endPoint.Host))],
    };
}
