namespace RedisBackplane.Simulation.World;

/// <summary>The kinds of events that the <see cref="Timeline"/> records.</summary>
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
