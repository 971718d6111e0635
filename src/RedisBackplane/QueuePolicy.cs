namespace RedisBackplane;

/// <summary>What a publish does while Redis is away or slower than the application publishes.</summary>
public enum QueuePolicy
{
    /// <summary>
    /// The message waits until Redis has stored it, or until <see cref="RedisBackplaneOptions.PublishTimeout"/> is
    /// over. The task of the publish is the back-pressure. If the queue is full, the publish fails.
    /// </summary>
    Wait,

    /// <summary>
    /// While Redis is known to be away, the publish fails at once. A message that was accepted before waits as with
    /// <see cref="Wait"/>.
    /// </summary>
    FailFast,

    /// <summary>
    /// The message waits. If the queue is full, the messages that have waited longest are dropped, a batch at a time,
    /// and their publishes fail.
    /// </summary>
    DropOldest,
}
