using StackExchange.Redis;

namespace RedisBackplane.Redis.Stream;

/// <summary>
/// A subscriber that makes its own listeners, as the simulation's does. The queues of StackExchange.Redis cannot be
/// made outside of it, and hand over on the thread pool.
/// </summary>
internal interface IChannelSubscriber
{
    Task<IChannelListener> JoinAsync(RedisChannel channel);
}
