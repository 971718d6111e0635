using StackExchange.Redis;

namespace RedisBackplane.Tool;

/// <summary>
/// The exceptions of the client library. <see cref="RedisCommandException"/>, with which it refuses to send a command,
/// derives from none of the others.
/// </summary>
internal static class RedisErrors
{
    /// <summary>Whether Redis refused a command, or the client library refused to send it.</summary>
    public static bool IsRefusal(this Exception exception) => exception is RedisServerException or RedisCommandException;

    /// <summary>Whether a command failed, for whatever reason.</summary>
    public static bool IsOfRedis(this Exception exception) =>
        exception is RedisException or RedisCommandException or TimeoutException;
}
