using Microsoft.Extensions.Logging;

namespace RedisBackplane.AspNetCore;

/// <summary>What this package logs itself; SignalR's own traces have loggers named <c>SignalR.*</c>.</summary>
internal static partial class Log
{
    // SignalR swallows it when a client connects, so that the hub would just be missing.
    [LoggerMessage(
        EventId = 1, Level = LogLevel.Error,
        Message = "Hub {Hub} could not be made, so that its events and calls fail: {Reason}")]
    public static partial void HubNotMade(ILogger logger, Type hub, string reason, Exception exception);

    [LoggerMessage(
        EventId = 2, Level = LogLevel.Error,
        Message = "A hub, or a service of its scope, failed when it was disposed after a call or an event.")]
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
            + "awaited in this host; send later to have them awaited.")]
    public static partial void PipelineClosed(ILogger logger);
}
