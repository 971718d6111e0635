using Microsoft.Extensions.Logging;
using RedisBackplane.Redis.Connection;
using RedisBackplane.Redis.Scripts;

namespace RedisBackplane.Redis.Stream;

/// <summary>
/// What all types of this room share for one stream. Immutable; the objects that it refers to are thread-safe.
/// </summary>
/// <param name="name">Names the stream in log lines and exceptions.</param>
/// <param name="connection">Carries the stream; other streams may share it.</param>
internal sealed class RedisStreamContext(string name, RedisConnection connection, RedisNames names, ILogger logger, TimeProvider time)
{
    public string Name { get; } = name;

    public RedisConnection Connection { get; } = connection;

    public RedisNames Names { get; } = names;

    /// <summary>Calls on the stream's Redis keys.</summary>
    public RedisSlot Slot { get; } = new(connection, names.Counter, names.Rights);

    public ILogger Logger { get; } = logger;

    public TimeProvider Time { get; } = time;
}
