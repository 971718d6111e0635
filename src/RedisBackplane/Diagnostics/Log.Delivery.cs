using Microsoft.Extensions.Logging;

namespace RedisBackplane.Diagnostics;

internal static partial class Log
{
    [LoggerMessage(
        4001, LogLevel.Warning,
        "Subscription {Identity} missed messages of stream {Stream} after id {Cursor}: the log begins after {Floor}. {Total} such overruns so far.")]
    public static partial void Overrun(ILogger logger, string identity, int stream, ulong cursor, ulong floor, long total);

    [LoggerMessage(
        4002, LogLevel.Warning,
        "Subscription {Identity} came with id {Cursor} of stream {Stream}, which no message can have had; it goes on after {Resumed}.")]
    public static partial void ForeignCursor(ILogger logger, string identity, int stream, ulong cursor, ulong resumed);

    [LoggerMessage(4003, LogLevel.Debug, "Subscription {Identity} came with a cursor of {Length} characters that is none; it starts at the present.")]
    public static partial void MalformedCursor(ILogger logger, string identity, int length);

    [LoggerMessage(4004, LogLevel.Error, "Stream {Stream}: the frame with ids {FirstId} to {LastId} came after id {Watermark} and was dropped.")]
    public static partial void FrameOutOfOrder(ILogger logger, int stream, ulong firstId, ulong lastId, ulong watermark);

    [LoggerMessage(4005, LogLevel.Debug, "Stream {Stream}: the log begins after id {LastId}.")]
    public static partial void LogStarted(ILogger logger, int stream, ulong lastId);

    [LoggerMessage(4006, LogLevel.Debug, "Stream {Stream}: found {Messages} older messages of {Keys} keys that gained a subscriber.")]
    public static partial void Backfilled(ILogger logger, int stream, int messages, int keys);

    [LoggerMessage(4007, LogLevel.Error, "Stream {Stream}: looking for older messages of keys that gained a subscriber failed.")]
    public static partial void BackfillFailed(ILogger logger, Exception exception, int stream);
}
