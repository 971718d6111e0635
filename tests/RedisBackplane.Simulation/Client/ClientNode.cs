using System.Net;
using RedisBackplane.Simulation.Redis;

namespace RedisBackplane.Simulation.Client;

/// <summary>One Redis as a multiplexer knows it: its two connections, and what it is taken for.</summary>
internal sealed class ClientNode(RedisNode node, Connection calls, Connection channel)
{
    public RedisNode Node => node;

    public Connection Calls => calls;

    public Connection Channel => channel;

    /// <summary>What the client believes; it learns it at a connection, when it looks, and from a refusal.</summary>
    public bool IsReplica { get; set; }

    /// <summary>It is a master too, and the client has chosen another.</summary>
    public bool IsRedundant { get; set; }

    public EndPoint EndPoint { get; } = new DnsEndPoint(node.Name, 6379);
}
