namespace RedisBackplane.Simulation.World;

/// <summary>The kinds of things that the <see cref="Timeline"/> notes.</summary>
internal enum Happening
{
    Published,
    Acknowledged,
    Failed,
    Received,
    ScriptRan,
    Read,
    Logged,
    Fault,
    Connected,
    Disconnected,
    Lost,
    Moved,
}
