using Microsoft.Extensions.Logging;

namespace RedisBackplane.Diagnostics;

/// <summary>
/// Everything the bus logs. Event ids are for ever: 1000 connection, 2000 publishing, 3000 receiving, 4000 delivery. Never a password,
/// never a payload.
/// </summary>
internal static partial class Log
{
    [LoggerMessage(1001, LogLevel.Information, "Backplane '{AppName}': connecting to Redis at {Endpoints}.")]
    public static partial void Connecting(ILogger logger, string appName, string endpoints);

    [LoggerMessage(1002, LogLevel.Information, "Backplane '{AppName}': connected; the channel is subscribed and the last id is {LastId}.")]
    public static partial void Connected(ILogger logger, string appName, ulong lastId);

    [LoggerMessage(1003, LogLevel.Error, "Backplane '{AppName}': could not connect to Redis. Trying again in {Delay}.")]
    public static partial void ConnectFailed(ILogger logger, Exception exception, string appName, TimeSpan delay);

    [LoggerMessage(
        1004, LogLevel.Warning, "Backplane '{AppName}': the connection to {Endpoint} failed ({Failure}). Messages wait until it is back.")]
    public static partial void ConnectionFailed(ILogger logger, Exception? exception, string appName, string endpoint, string failure);

    [LoggerMessage(1005, LogLevel.Information, "Backplane '{AppName}': the connection to {Endpoint} is back.")]
    public static partial void ConnectionRestored(ILogger logger, string appName, string endpoint);

    [LoggerMessage(1006, LogLevel.Warning, "Backplane '{AppName}': closing the connection to Redis failed.")]
    public static partial void CloseFailed(ILogger logger, Exception exception, string appName);

    [LoggerMessage(2001, LogLevel.Warning, "Backplane '{AppName}': sending failed and is tried again; {Messages} messages wait.")]
    public static partial void SendFailed(ILogger logger, Exception exception, string appName, int messages);

    [LoggerMessage(2002, LogLevel.Information, "Backplane '{AppName}': sending works again.")]
    public static partial void SendRecovered(ILogger logger, string appName);

    [LoggerMessage(2003, LogLevel.Error, "Backplane '{AppName}': gave up {Messages} messages that waited longer than {Timeout}.")]
    public static partial void SendTimedOut(ILogger logger, Exception? exception, string appName, int messages, TimeSpan timeout);

    [LoggerMessage(2004, LogLevel.Warning, "Backplane '{AppName}': disposed while {Messages} messages waited; they were not sent.")]
    public static partial void DisposedWithMessages(ILogger logger, string appName, int messages);

    [LoggerMessage(
        2005, LogLevel.Warning, "Backplane '{AppName}': Redis lost its memory; {Messages} messages that it had confirmed lately are sent "
            + "again.")]
    public static partial void RedisForgot(ILogger logger, string appName, int messages);

    [LoggerMessage(2006, LogLevel.Debug, "Backplane '{AppName}': could not ask Redis what it remembers; asking again.")]
    public static partial void VerificationFailed(ILogger logger, Exception exception, string appName);

    [LoggerMessage(
        3001, LogLevel.Warning, "Backplane '{AppName}': skipped {Bytes} bytes on the channel that are no frame: {Reason}. {Total} so far.")]
    public static partial void FrameMalformed(ILogger logger, string appName, int bytes, string reason, long total);

    [LoggerMessage(3002, LogLevel.Error, "Backplane '{AppName}': the messages after id {After} up to id {UpTo} are lost: {Reason}.")]
    public static partial void GapUnfilled(ILogger logger, string appName, ulong after, ulong upTo, string reason);

    [LoggerMessage(
        3003, LogLevel.Information, "Backplane '{AppName}': fetched {Messages} missed messages from the history; now at id {LastId}.")]
    public static partial void GapFilled(ILogger logger, string appName, long messages, ulong lastId);

    [LoggerMessage(
        3004, LogLevel.Warning, "Backplane '{AppName}': Redis keeps no history ({Reason}). Messages sent while a server is cut off are "
            + "lost to it.")]
    public static partial void HistoryUnavailable(ILogger logger, string appName, string reason);

    [LoggerMessage(
        3014, LogLevel.Information, "Backplane '{AppName}': Redis has no streams ({Reason}). The history is kept in sorted sets.")]
    public static partial void HistorySorted(ILogger logger, string appName, string reason);

    [LoggerMessage(
        3005, LogLevel.Warning, "Backplane '{AppName}': could not subscribe or read where the stream stands. Trying again in {Delay}.")]
    public static partial void SettleFailed(ILogger logger, Exception exception, string appName, TimeSpan delay);

    [LoggerMessage(3006, LogLevel.Information, "Backplane '{AppName}': ids jump from {From} to {To}; the counter in Redis began anew.")]
    public static partial void IdsJumped(ILogger logger, string appName, ulong from, ulong to);

    [LoggerMessage(3007, LogLevel.Error, "Backplane '{AppName}': delivering a frame failed; its messages are lost to this server.")]
    public static partial void DeliveryFailed(ILogger logger, Exception exception, string appName);

    [LoggerMessage(
        3008, LogLevel.Warning, "Backplane '{AppName}': dropped a frame with id {Id}, above the counter {Counter} in Redis; it is not of "
            + "this backplane.")]
    public static partial void FrameForeign(ILogger logger, string appName, ulong id, ulong counter);

    [LoggerMessage(
        1007, LogLevel.Warning, "Backplane '{AppName}': Redis has answered nothing for {Timeout}; the connection is taken for dead.")]
    public static partial void ConnectionSilent(ILogger logger, string appName, TimeSpan timeout);

    [LoggerMessage(
        3009, LogLevel.Warning, "Backplane '{AppName}': the channel is silent at id {LastId} while Redis is at {Counter}. Remedy: "
            + "{Remedy}.")]
    public static partial void ChannelSilent(ILogger logger, string appName, ulong lastId, ulong counter, string remedy);

    [LoggerMessage(3010, LogLevel.Debug, "Backplane '{AppName}': the liveness probe was answered with an error.")]
    public static partial void ProbeFailed(ILogger logger, Exception exception, string appName);

    [LoggerMessage(
        3011, LogLevel.Information, "Backplane '{AppName}': another Redis has taken over; ids begin anew above all that were given.")]
    public static partial void CounterBegunAnew(ILogger logger, string appName);

    [LoggerMessage(
        3012, LogLevel.Warning, "Backplane '{AppName}': frames come faster than this process takes them; {Frames} that wait are dropped "
            + "and read from the history.")]
    public static partial void BacklogDropped(ILogger logger, string appName, int frames);

    [LoggerMessage(
        1009, LogLevel.Warning, "Backplane '{AppName}': the connection leads to a replica, which takes no writes; it is made anew if the "
            + "bus owns it.")]
    public static partial void ConnectedToReplica(ILogger logger, string appName);

    [LoggerMessage(
        3013, LogLevel.Debug,
        "Backplane '{AppName}': subscriptions were behind; {Messages} messages waited in the history until there was room in the log. Now "
            + "at id {LastId}.")]
    public static partial void Paused(ILogger logger, string appName, long messages, ulong lastId);

    [LoggerMessage(1020, LogLevel.Debug, "Backplane '{AppName}': asking the cluster which server has the keys failed.")]
    public static partial void LookFailed(ILogger logger, Exception exception, string appName);

    [LoggerMessage(3030, LogLevel.Information, "Backplane '{AppName}': the farm's channel is {Kind}.")]
    public static partial void ChannelKind(ILogger logger, string appName, string kind);

    [LoggerMessage(
        3031, LogLevel.Warning, "Backplane '{AppName}': Redis does not say who it is (INFO). Ids may be given twice after a failover to a "
            + "replica that lagged.")]
    public static partial void ServerUnnamed(ILogger logger, string appName);

    [LoggerMessage(
        3040, LogLevel.Error,
        "Backplane '{AppName}': a server of Microsoft.AspNet.SignalR.StackExchangeRedis sent id {Id} after id {LastId}; "
        + "its message is lost. Redis lost the counter, or WireFormat is no longer Legacy here.")]
    public static partial void IdsWentBack(ILogger logger, string appName, ulong id, ulong lastId);

    [LoggerMessage(
        1040, LogLevel.Error,
        "Backplane '{AppName}': this server and another disagree about the list of Redis servers. This one stays out until they agree.")]
    public static partial void FarmRefused(ILogger logger, Exception exception, string appName);

    [LoggerMessage(
        1041, LogLevel.Information,
        "Backplane '{AppName}': the farm has {Streams} streams; this server, which sends over {Own} (StreamCount), reads all of them.")]
    public static partial void FarmHasMoreStreams(ILogger logger, string appName, int streams, int own);

    [LoggerMessage(1042, LogLevel.Debug, "Backplane '{AppName}': could not tell the farm of this server; telling it again.")]
    public static partial void FarmNotTold(ILogger logger, Exception exception, string appName);

    [LoggerMessage(1008, LogLevel.Error, "Backplane '{AppName}': a handler of the application's for an event of the bus threw.")]
    public static partial void HandlerFailed(ILogger logger, Exception exception, string appName);

    [LoggerMessage(
        3020, LogLevel.Warning,
        "Backplane '{AppName}': dropped a frame with ids {FirstId} to {LastId} that is not authenticated: {Reason}. {Total} so far.")]
    public static partial void FrameUnauthenticated(ILogger logger, string appName, ulong firstId, ulong lastId, string reason, long total);

    [LoggerMessage(
        1030, LogLevel.Information,
        "Backplane '{AppName}': the credentials for Redis were renewed; they expire at {ExpiresAt}.")]
    public static partial void CredentialsRenewed(ILogger logger, string appName, DateTimeOffset? expiresAt);

    [LoggerMessage(
        1031, LogLevel.Warning,
        "Backplane '{AppName}': renewing the credentials for Redis failed; the old ones stay in use, and it is tried again.")]
    public static partial void CredentialsNotRenewed(ILogger logger, Exception exception, string appName);
}
