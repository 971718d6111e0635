using Microsoft.Extensions.Logging;

namespace RedisBackplane.AspNetCore;

/// <summary>What this package logs itself; SignalR's own traces have loggers named <c>SignalR.*</c>.</summary>
internal static partial class Log
{
    // SignalR swallows it when a client connects, so that the hub would just be missing.
    [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "Hub {Hub} could not be made; its events and calls fail.")]
    public static partial void HubNotMade(ILogger logger, Type hub, Exception exception);
}
