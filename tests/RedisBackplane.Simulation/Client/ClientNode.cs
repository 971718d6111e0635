using System.Net;
using System.Reflection;
using RedisBackplane.Simulation.Redis;
using StackExchange.Redis;

namespace RedisBackplane.Simulation.Client;

/// <summary>One Redis from the point of view of a multiplexer: its two connections, and its presumed role.</summary>
internal sealed class ClientNode(RedisNode node, Connection calls, Connection channel)
{
    private IServer? _server;

    public RedisNode Node => node;

    public Connection Calls => calls;

    public Connection Channel => channel;

    /// <summary>The role that the client assumes. It learns it by connecting, by looking, and from a refusal.</summary>
    public bool IsReplica { get; set; }

    /// <summary>Whether an attempt to connect to it has failed.</summary>
    public bool WasRefused { get; set; }

    /// <summary>Whether it is also a master, and the client has chosen another one.</summary>
    public bool IsRedundant { get; set; }

    public EndPoint EndPoint { get; } = new DnsEndPoint(node.Name, 6379);

    /// <summary>The server object that the client library returns.</summary>
    public IServer Server => _server ??= ModelProxy.Create<IServer>(Invoke);

    private object? Invoke(MethodInfo method, object?[] arguments)
    {
        switch (method.Name)
        {
            case "get_EndPoint":
                return EndPoint;
            case "get_IsConnected":
                return Calls.IsUp;
            case "get_IsReplica":
                return IsReplica;
            case "get_ServerType":
                return Node.Slot is null ? ServerType.Standalone : ServerType.Cluster;
            case "get_Protocol":
                return RedisProtocol.Resp2;
            case "ExecuteAsync" when arguments[0] is "INFO":
                return Calls.CallAsync(
                    40, static link => RedisResult.Create((RedisValue)link.Node.Commands.InfoReplication()), static _ => 200);
            case "ExecuteAsync" when arguments[1] is "GET":
                var key = (RedisKey)((ICollection<object>)arguments[2]!).Single();
                return Calls.CallAsync(60, link => RedisResult.Create(link.Node.Commands.Get(key!)), static _ => 60);
            default:
                throw new NotSupportedException(method.Name);
        }
    }
}
