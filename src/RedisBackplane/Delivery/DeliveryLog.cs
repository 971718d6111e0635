using Microsoft.Extensions.Logging;

namespace RedisBackplane.Delivery;

/// <summary>What the delivery rooms log: ids 4001 to 4999.</summary>
internal static partial class DeliveryLog
{
    [LoggerMessage(
        4001, LogLevel.Warning,
        "Backplane '{AppName}': subscription {Identity} missed messages of stream {Stream} after id {Cursor}, because the log "
            + "begins after id {Floor}. {Total} such cases so far.")]
    public static partial void Overrun(ILogger logger, string appName, string identity, int stream, ulong cursor, ulong floor, long total);

    [LoggerMessage(
        4002, LogLevel.Warning,
        "Backplane '{AppName}': subscription {Identity} came with id {Cursor} of stream {Stream}, which belongs to another farm; "
        + "it resumes after id {Resumed}.")]
    public static partial void ForeignCursor(ILogger logger, string appName, string identity, int stream, ulong cursor, ulong resumed);

    [LoggerMessage(
        4003, LogLevel.Debug,
        "Backplane '{AppName}': subscription {Identity} came with {Length} characters that are no cursor; it gets new messages only.")]
    public static partial void MalformedCursor(ILogger logger, string appName, string identity, int length);

    [LoggerMessage(
        4004, LogLevel.Error,
        "Backplane '{AppName}': the frame with ids {FirstId} to {LastId} of stream {Stream} came after id {Watermark} and was dropped.")]
    public static partial void FrameOutOfOrder(ILogger logger, string appName, int stream, ulong firstId, ulong lastId, ulong watermark);

    [LoggerMessage(4005, LogLevel.Debug, "Backplane '{AppName}': subscriptions to stream {Stream} are served; its last id is {LastId}.")]
    public static partial void LogStarted(ILogger logger, string appName, int stream, ulong lastId);

    [LoggerMessage(
        4006, LogLevel.Debug,
        "Backplane '{AppName}': found {Messages} older messages of stream {Stream} for {Keys} keys that gained a subscriber.")]
    public static partial void Backfilled(ILogger logger, string appName, int stream, int messages, int keys);

    [LoggerMessage(4007, LogLevel.Error, "Backplane '{AppName}': the search for older messages of stream {Stream} failed.")]
    public static partial void BackfillFailed(ILogger logger, Exception exception, string appName, int stream);
}
