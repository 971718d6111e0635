using Microsoft.Extensions.Logging;

namespace RedisBackplane.Redis.Connection;

/// <summary>The log events of a connection to Redis: ids 1001 to 1039. Never a password.</summary>
internal static partial class ConnectionLog
{
    [LoggerMessage(1001, LogLevel.Information, "Backplane '{AppName}': connecting to Redis at {Endpoints}.")]
    public static partial void Connecting(ILogger logger, string appName, string endpoints);

    [LoggerMessage(1003, LogLevel.Error, "Backplane '{AppName}': could not connect to Redis. Trying again in {Delay}.")]
    public static partial void ConnectFailed(ILogger logger, Exception exception, string appName, TimeSpan delay);

    [LoggerMessage(
        1004, LogLevel.Warning, "Backplane '{AppName}': the connection to {Endpoint} failed ({Failure}). Messages wait until it is back.")]
    public static partial void ConnectionFailed(ILogger logger, Exception? exception, string appName, string endpoint, string failure);

    [LoggerMessage(1005, LogLevel.Information, "Backplane '{AppName}': the connection to {Endpoint} is back.")]
    public static partial void ConnectionRestored(ILogger logger, string appName, string endpoint);

    [LoggerMessage(1006, LogLevel.Warning, "Backplane '{AppName}': closing the connection to Redis failed.")]
    public static partial void CloseFailed(ILogger logger, Exception exception, string appName);

    [LoggerMessage(
        1009, LogLevel.Warning, "Backplane '{AppName}': the connection leads to a replica, which accepts no writes; it is replaced if "
            + "the bus owns it.")]
    public static partial void ConnectedToReplica(ILogger logger, string appName);

    [LoggerMessage(
        1012, LogLevel.Warning,
        "Backplane '{AppName}': the connection uses RESP3: Redis sends answers and channels over the same socket, and closes it for "
            + "both if one message exceeds client-output-buffer-limit pubsub. Use protocol=resp2 for it.")]
    public static partial void ConnectionShared(ILogger logger, string appName);

    [LoggerMessage(
        1013, LogLevel.Warning, "Backplane '{AppName}': Redis answered {Call} with something that is not its reply. The connection is "
            + "out of step, and is replaced if the bus owns it.")]
    public static partial void OutOfStep(ILogger logger, string appName, string call);

    [LoggerMessage(
        1014, LogLevel.Warning, "Backplane '{AppName}': {Next} has taken over from {Current}; the bus connects to it.")]
    public static partial void MasterReplaced(ILogger logger, string appName, string next, string current);

    [LoggerMessage(
        1015, LogLevel.Warning, "Backplane '{AppName}': its Redis servers include several masters that are no cluster ({Masters}). "
            + "The bus uses {Chosen} alone.")]
    public static partial void SeveralMasters(ILogger logger, string appName, string masters, string chosen);

    [LoggerMessage(
        1016,
        LogLevel.Warning,
        "Backplane '{AppName}': the connection of the application leads to several masters that are no cluster: {Masters}. Its client "
        + "may send to any of them. Messages that only one of them has may arrive late, and are lost if their server stops before. "
        + "Configure one master for the connection, or let the bus make it (ConnectionString).")]
    public static partial void SeveralMastersLent(ILogger logger, string appName, string masters);

    [LoggerMessage(
        1017, LogLevel.Warning, "Backplane '{AppName}': Redis answers that another server has the keys, and the client does not follow. "
            + "The connection is replaced if the bus owns it.")]
    public static partial void MovedForLong(ILogger logger, string appName);

    [LoggerMessage(
        1020, LogLevel.Debug,
        "Backplane '{AppName}': could not find out which server is the master, or which node of a cluster has the keys.")]
    public static partial void LookFailed(ILogger logger, Exception exception, string appName);

    [LoggerMessage(
        1030, LogLevel.Information,
        "Backplane '{AppName}': the credentials for Redis were renewed; they expire at {ExpiresAt}.")]
    public static partial void CredentialsRenewed(ILogger logger, string appName, DateTimeOffset? expiresAt);

    [LoggerMessage(
        1031, LogLevel.Warning,
        "Backplane '{AppName}': renewing the credentials for Redis failed; the old ones stay in use, and the bus tries again.")]
    public static partial void CredentialsNotRenewed(ILogger logger, Exception exception, string appName);
}
