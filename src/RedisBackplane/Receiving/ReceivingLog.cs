using Microsoft.Extensions.Logging;

namespace RedisBackplane.Receiving;

/// <summary>What is logged while frames are received: event ids 1007 and 3001 to 3040. Never a payload.</summary>
internal static partial class ReceivingLog
{
    [LoggerMessage(
        1007, LogLevel.Warning, "Backplane '{AppName}': Redis has answered nothing for {Timeout}; the connection is considered dead.")]
    public static partial void ConnectionSilent(ILogger logger, string appName, TimeSpan timeout);

    [LoggerMessage(
        3001, LogLevel.Warning, "Backplane '{AppName}': skipped {Bytes} bytes on the channel that are no frame: {Reason}. {Total} so far.")]
    public static partial void FrameMalformed(ILogger logger, string appName, int bytes, string reason, long total);

    [LoggerMessage(3002, LogLevel.Error, "Backplane '{AppName}': the messages after id {After} up to id {UpTo} are lost: {Reason}.")]
    public static partial void GapUnfilled(ILogger logger, string appName, ulong after, ulong upTo, string reason);

    [LoggerMessage(
        3003, LogLevel.Information, "Backplane '{AppName}': read {Messages} missed messages from the history; now at id {LastId}.")]
    public static partial void GapFilled(ILogger logger, string appName, long messages, ulong lastId);

    [LoggerMessage(
        3005, LogLevel.Warning, "Backplane '{AppName}': could not subscribe or read the history. Trying again in {Delay}.")]
    public static partial void SettleFailed(ILogger logger, Exception exception, string appName, TimeSpan delay);

    [LoggerMessage(3006, LogLevel.Information, "Backplane '{AppName}': ids jump from {From} to {To}; the counter in Redis restarted.")]
    public static partial void IdsJumped(ILogger logger, string appName, ulong from, ulong to);

    [LoggerMessage(3007, LogLevel.Error, "Backplane '{AppName}': delivering a frame failed; its messages are lost to this server.")]
    public static partial void DeliveryFailed(ILogger logger, Exception exception, string appName);

    [LoggerMessage(
        3008, LogLevel.Warning, "Backplane '{AppName}': dropped a frame with id {Id}, above the counter {Counter} in Redis; no "
            + "server of this backplane sent it. {Total} so far.")]
    public static partial void FrameForeign(ILogger logger, string appName, ulong id, ulong counter, long total);

    [LoggerMessage(
        3009, LogLevel.Warning, "Backplane '{AppName}': the channel is silent at id {LastId}, but Redis is at id {Counter}. Remedy: "
            + "{Remedy}.")]
    public static partial void ChannelSilent(ILogger logger, string appName, ulong lastId, ulong counter, string remedy);

    [LoggerMessage(3010, LogLevel.Debug, "Backplane '{AppName}': the liveness probe was answered with an error.")]
    public static partial void ProbeFailed(ILogger logger, Exception exception, string appName);

    [LoggerMessage(
        3012, LogLevel.Warning, "Backplane '{AppName}': frames arrive faster than this process takes them; {Frames} that wait are "
            + "dropped and read from the history.")]
    public static partial void BacklogDropped(ILogger logger, string appName, int frames);

    [LoggerMessage(
        3013, LogLevel.Debug,
        "Backplane '{AppName}': subscriptions were behind; {Messages} messages waited in the history until there was room in the log. Now "
            + "at id {LastId}.")]
    public static partial void Paused(ILogger logger, string appName, long messages, ulong lastId);

    [LoggerMessage(
        3020, LogLevel.Warning,
        "Backplane '{AppName}': dropped a frame with ids {FirstId} to {LastId} that is not authenticated: {Reason}. {Total} so far.")]
    public static partial void FrameUnauthenticated(ILogger logger, string appName, ulong firstId, ulong lastId, string reason, long total);

    [LoggerMessage(
        3040, LogLevel.Error,
        "Backplane '{AppName}': a server of Microsoft.AspNet.SignalR.StackExchangeRedis sent id {Id} after id {LastId}; "
        + "its message is lost. Either Redis lost the counter, or WireFormat is no longer Legacy on this server.")]
    public static partial void IdsWentBack(ILogger logger, string appName, ulong id, ulong lastId);
}
