namespace RedisBackplane.AspNetCore;

/// <summary>
/// When the health check of the backplane says what. Bounds are checked at start-up. Not thread-safe while it is being
/// filled.
/// </summary>
public sealed class RedisBackplaneHealthOptions
{
    /// <summary>
    /// How long the bus may be without Redis before it is unhealthy; until then it is degraded, since messages wait and
    /// nothing is lost. An orchestrator that takes servers out for being unhealthy takes all of them out when Redis is
    /// away: give it no less than what Redis needs for a restart or a failover.
    /// </summary>
    /// <value>30 seconds by default, as <see cref="RedisBackplaneOptions.PublishTimeout"/>; from 0 to 1 hour.</value>
    public TimeSpan UnhealthyAfter { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// From which part of the send queue on the bus is degraded: messages wait faster than Redis takes them.
    /// </summary>
    /// <value>0.5 by default; above 0, up to 1.</value>
    public double DegradedQueueUsage { get; set; } = 0.5;
}
