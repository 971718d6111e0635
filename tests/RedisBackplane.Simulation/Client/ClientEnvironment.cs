using RedisBackplane.Simulation.Redis;
using RedisBackplane.Simulation.World;

namespace RedisBackplane.Simulation.Client;

/// <summary>Where a multiplexer lives: its server, the Redis servers, and what lies in between.</summary>
internal sealed record ClientEnvironment(
    Schedule Schedule,
    Timeline Timeline,
    Actor Actor,
    IReadOnlyList<RedisNode> Nodes,
    NetworkPath Calls,
    NetworkPath Channel,
    TimeSpan ConnectTimeout);
