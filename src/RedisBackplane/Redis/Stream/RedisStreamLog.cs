using Microsoft.Extensions.Logging;

namespace RedisBackplane.Redis.Stream;

/// <summary>
/// What is logged about a stream and its farm in Redis: event ids 1040 to 1049, 3004, 3011, 3014, 3015 and 3030 to
/// 3039.
/// </summary>
internal static partial class RedisStreamLog
{
    [LoggerMessage(
        1040, LogLevel.Error,
        "Backplane '{AppName}': this server and another one disagree about the list of Redis servers. This one joins when they agree.")]
    public static partial void FarmRefused(ILogger logger, Exception exception, string appName);

    [LoggerMessage(1042, LogLevel.Debug, "Backplane '{AppName}': could not register this server with the farm; trying again.")]
    public static partial void FarmNotTold(ILogger logger, Exception exception, string appName);

    [LoggerMessage(
        3004, LogLevel.Warning, "Backplane '{AppName}': Redis keeps no history ({Reason}). Messages sent while a server is cut off are "
            + "lost to it.")]
    public static partial void HistoryUnavailable(ILogger logger, string appName, string reason);

    [LoggerMessage(
        3011, LogLevel.Information, "Backplane '{AppName}': another Redis has taken over; ids restart above all earlier ones.")]
    public static partial void IdsRestarted(ILogger logger, string appName);

    [LoggerMessage(
        3014, LogLevel.Warning,
        "Backplane '{AppName}': the Redis key {Key} is the history of an earlier preview of this library. Servers of that preview and of "
            + "this version do not understand each other: if some still run, stop them. If none does, the key expires by itself.")]
    public static partial void OlderPreview(ILogger logger, string appName, string key);

    [LoggerMessage(
        3015, LogLevel.Warning,
        "Backplane '{AppName}': somebody else wrote to the Redis key {Key}, which holds no id any more. The next message replaces it, and "
            + "ids restart above all earlier ones.")]
    public static partial void CounterDamaged(ILogger logger, string appName, string key);

    [LoggerMessage(3030, LogLevel.Information, "Backplane '{AppName}': the farm's channel is {Kind}.")]
    public static partial void ChannelKind(ILogger logger, string appName, string kind);

    [LoggerMessage(
        3031, LogLevel.Warning, "Backplane '{AppName}': Redis does not report its identity (INFO). Ids may be given twice after a failover "
            + "to a replica that lagged.")]
    public static partial void ServerUnnamed(ILogger logger, string appName);
}
