namespace RedisBackplane.Redis.Connection;

/// <summary>How many bytes sockets have carried.</summary>
/// <param name="Received">The bytes that have arrived, whether anybody has read them or not.</param>
/// <param name="Sent">The bytes that have arrived at the other end. On Windows: that were sent.</param>
internal readonly record struct SocketBytes(long Received, long Sent);
