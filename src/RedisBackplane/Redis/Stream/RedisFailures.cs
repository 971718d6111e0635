using RedisBackplane.Publishing;
using StackExchange.Redis;

namespace RedisBackplane.Redis.Stream;

/// <summary>Decides what the exception of a call says about the batch that it carried. Stateless.</summary>
internal static class RedisFailures
{
    public static CallFailure Judge(Exception exception) => exception switch
    {
        RedisServerException refusal => IsAboutSize(refusal) ? CallFailure.TooLarge : CallFailure.Other,
        RedisConnectionException { FailureType: var type } => IsCut(type) ? CallFailure.Cut : CallFailure.Other,
        TimeoutException => CallFailure.Unanswered,
        _ => CallFailure.Other,
    };

    // "ERR Protocol error: invalid bulk length", "ERR string exceeds maximum allowed size (proto-max-bulk-len)".
    private static bool IsAboutSize(RedisServerException refusal) =>
        refusal.Message.Contains("invalid bulk length") || refusal.Message.Contains("exceeds maximum allowed size");

    private static bool IsCut(ConnectionFailureType type) => type is
        ConnectionFailureType.SocketFailure or ConnectionFailureType.SocketClosed
        or ConnectionFailureType.InternalFailure or ConnectionFailureType.ProtocolFailure;
}
