using System.Net;
using RedisBackplane.Simulation.Redis;
using RedisBackplane.Simulation.World;
using StackExchange.Redis;

namespace RedisBackplane.Simulation.Client;

/// <summary>Where a multiplexer lives: its server, the Redis servers, and what lies in between.</summary>
internal sealed record ClientEnvironment(
    Schedule Schedule,
    Timeline Timeline,
    Actor Actor,
    IReadOnlyList<RedisNode> Nodes,
    NetworkPath Calls,
    NetworkPath Channel,
    TimeSpan ConnectTimeout)
{
    /// <summary>The same as a configuration sees it: some of the Redis servers.</summary>
    public ClientEnvironment Of(ConfigurationOptions configuration) => this with
    {
        Nodes = [.. configuration.EndPoints.Cast<DnsEndPoint>().Select(endPoint => Nodes.Single(node => node.Name == endPoint.Host))],
    };
}
