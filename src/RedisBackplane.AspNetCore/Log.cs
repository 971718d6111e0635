using Microsoft.Extensions.Logging;

namespace RedisBackplane.AspNetCore;

/// <summary>The log events of this package. SignalR's own traces have loggers named <c>SignalR.*</c>.</summary>
internal static partial class Log
{
    // SignalR swallows the exception when a client connects, so the hub would be missing without a reason.
    [LoggerMessage(
        EventId = 1, Level = LogLevel.Error,
        Message = "Hub {Hub} could not be created, so its events and calls fail: {Reason}")]
    public static partial void HubNotMade(ILogger logger, Type hub, string reason, Exception exception);

    [LoggerMessage(
        EventId = 2, Level = LogLevel.Error,
        Message = "A hub, or a service of its scope, threw when it was disposed after a call or an event.")]
    public static partial void DisposalFailed(ILogger logger, Exception exception);

    [LoggerMessage(EventId = 3, Level = LogLevel.Information, Message = "Hubs at {Path}: {Hubs}.")]
    public static partial void HubsFound(ILogger logger, string path, string hubs);

    [LoggerMessage(
        EventId = 4, Level = LogLevel.Error,
        Message = "GlobalHost.DependencyResolver was replaced after MapClassicSignalR. Hub contexts taken from GlobalHost reach "
            + "no client of this host. Replace it before MapClassicSignalR.")]
    public static partial void GlobalHostReplaced(ILogger logger);

    // SignalR closes its pipeline with the first message that goes through it.
    [LoggerMessage(
        EventId = 5, Level = LogLevel.Warning,
        Message = "A message was sent through a hub context before MapClassicSignalR. Hub methods that return ValueTask are not "
            + "awaited in this host, and progress reports may arrive after the result. Send later.")]
    public static partial void PipelineClosed(ILogger logger);

    [LoggerMessage(EventId = 6, Level = LogLevel.Debug, Message = "A client disconnected during a request.")]
    public static partial void ClientGone(ILogger logger, Exception exception);

    [LoggerMessage(EventId = 7, Level = LogLevel.Information, Message = "A request was answered with {Status}: {Reason}")]
    public static partial void RequestRefused(ILogger logger, int status, string reason);

    [LoggerMessage(
        EventId = 8, Level = LogLevel.Warning,
        Message = "A page of the origin {Origin} was refused (403); this server is {Host}. If the page may use the server, allow "
            + "its origin in a CORS policy or in ClassicSignalROptions.AllowedOrigins. If it is the application's own page behind a "
            + "proxy, configure the proxy to pass on the Host header.")]
    public static partial void OriginRefused(ILogger logger, string origin, string host);

    [LoggerMessage(EventId = 9, Level = LogLevel.Information, Message = "{Line}")]
    public static partial void TraceOutput(ILogger logger, string line);

    [LoggerMessage(
        EventId = 10, Level = LogLevel.Warning,
        Message = "A connection is in so many groups that its token has {Length} characters. It is part of the URL, which Kestrel "
            + "limits to {Limit} (Limits.MaxRequestLineSize). Longer requests are answered with 414. Raise the limit, and "
            + "that of proxies.")]
    public static partial void GroupsTokenIsLong(ILogger logger, int length, int limit);

    [LoggerMessage(
        EventId = 11, Level = LogLevel.Error,
        Message = "A logging provider of the application threw; its entry is lost there. Logged once for each logger.")]
    public static partial void LoggerFailed(ILogger logger, Exception exception);
}
