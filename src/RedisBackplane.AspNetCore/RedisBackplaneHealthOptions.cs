namespace RedisBackplane.AspNetCore;

/// <summary>
/// The limits of the backplane's health check. They are validated at start-up. Not thread-safe while it is being
/// filled.
/// </summary>
public sealed class RedisBackplaneHealthOptions
{
    /// <summary>
    /// How long the bus may be without Redis before it is unhealthy. Until then it is degraded, because messages wait
    /// and nothing is lost. An orchestrator that removes unhealthy servers would remove all of them when Redis is away,
    /// so allow at least the time of a restart or a failover of Redis.
    /// </summary>
    /// <value>30 seconds by default, as <see cref="RedisBackplaneOptions.PublishTimeout"/>; from 0 to 1 hour.</value>
    public TimeSpan UnhealthyAfter { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The part of the send queue from which on the bus is degraded: messages arrive faster than Redis takes them.
    /// </summary>
    /// <value>0.5 by default; above 0, up to 1.</value>
    public double DegradedQueueUsage { get; set; } = 0.5;
}
