namespace RedisBackplane;

/// <summary>
/// Whether the farm's channel is a sharded one (<c>SPUBLISH</c>, Redis 7), which on a cluster stays with the master of
/// its slot, or a plain one, which goes to every node.
/// </summary>
public enum ShardedPubSub
{
    /// <summary>
    /// Sharded on a cluster that supports it, otherwise plain. If the farm has already decided, as the farm decided.
    /// </summary>
    Auto,

    /// <summary>Always sharded, also on a single server.</summary>
    On,

    /// <summary>Never sharded.</summary>
    Off,
}
