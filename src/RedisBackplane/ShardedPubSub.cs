namespace RedisBackplane;

/// <summary>
/// Whether the farm's channel is a sharded one (<c>SPUBLISH</c>, Redis 7), which on a cluster stays with the master of
/// its slot, or a plain one, which goes to every node.
/// </summary>
public enum ShardedPubSub
{
    /// <summary>
    /// Sharded on a cluster that can do it, else plain; and as the farm does where it has decided already.
    /// </summary>
    Auto,

    /// <summary>Always sharded, also on a single server.</summary>
    On,

    /// <summary>Never sharded.</summary>
    Off,
}
