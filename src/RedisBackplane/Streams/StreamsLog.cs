using Microsoft.Extensions.Logging;

namespace RedisBackplane.Streams;

/// <summary>What is logged about the bus and its streams as a whole: event ids 1002, 1008 and 1041.</summary>
internal static partial class StreamsLog
{
    [LoggerMessage(1002, LogLevel.Information, "Backplane '{AppName}': connected; the channel is subscribed, and the last id is {LastId}.")]
    public static partial void Connected(ILogger logger, string appName, ulong lastId);

    [LoggerMessage(1008, LogLevel.Error, "Backplane '{AppName}': a handler of the application for an event of the bus threw.")]
    public static partial void HandlerFailed(ILogger logger, Exception exception, string appName);

    [LoggerMessage(
        1041, LogLevel.Information,
        "Backplane '{AppName}': the farm has {Streams} streams; this server, which sends over {Own} (StreamCount), reads all of them.")]
    public static partial void FarmHasMoreStreams(ILogger logger, string appName, int streams, int own);
}
