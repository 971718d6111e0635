using StackExchange.Redis;

namespace RedisBackplane.Redis.Stream;

/// <summary>
/// A subscriber that creates its own listeners, as the simulation's does. The queues of StackExchange.Redis cannot be
/// created outside of it, and pass on payloads on the thread pool.
/// </summary>
internal interface IChannelSubscriber
{
    Task<IChannelListener> JoinAsync(RedisChannel channel);
}
