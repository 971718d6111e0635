using Microsoft.Extensions.Logging;

namespace RedisBackplane.Publishing;

/// <summary>What is logged while messages are published: event ids 2001 to 2999. Never a payload.</summary>
internal static partial class PublishingLog
{
    [LoggerMessage(2001, LogLevel.Warning, "Backplane '{AppName}': sending failed and is retried; {Messages} messages wait.")]
    public static partial void SendFailed(ILogger logger, Exception exception, string appName, int messages);

    [LoggerMessage(2002, LogLevel.Information, "Backplane '{AppName}': sending works again.")]
    public static partial void SendRecovered(ILogger logger, string appName);

    [LoggerMessage(2003, LogLevel.Error, "Backplane '{AppName}': gave up {Messages} messages that waited longer than {Timeout}.")]
    public static partial void SendTimedOut(ILogger logger, Exception? exception, string appName, int messages, TimeSpan timeout);

    [LoggerMessage(
        2004, LogLevel.Warning,
        "Backplane '{AppName}': disposed while {Messages} messages waited, which were not sent, and {Unconfirmed} "
        + "messages were not confirmed, which may have been delivered.")]
    public static partial void DisposedWithMessages(ILogger logger, string appName, int messages, int unconfirmed);

    [LoggerMessage(
        2005, LogLevel.Warning, "Backplane '{AppName}': Redis lost its memory; {Messages} messages that it had confirmed lately are sent "
            + "again.")]
    public static partial void RedisForgot(ILogger logger, string appName, int messages);

    [LoggerMessage(2006, LogLevel.Debug, "Backplane '{AppName}': could not ask Redis which batches it has; asking again.")]
    public static partial void VerificationFailed(ILogger logger, Exception exception, string appName);

    [LoggerMessage(
        2007, LogLevel.Error, "Backplane '{AppName}': gave up a message of {Bytes} bytes, because Redis or something on the network "
            + "path refuses its size.")]
    public static partial void TooLarge(ILogger logger, Exception? exception, string appName, int bytes);

    [LoggerMessage(
        2008, LogLevel.Error, "Backplane '{AppName}': Redis lost {Messages} messages that it had confirmed lately. They are not "
            + "kept any more (RepublishMaxBytes), and are not sent again.")]
    public static partial void RedisForgotForGood(ILogger logger, string appName, int messages);

    [LoggerMessage(
        2009, LogLevel.Warning,
        "Backplane '{AppName}': Redis evicted the record of what this server sent, and lost no message: nothing is sent again. Its "
            + "maxmemory-policy evicts keys of the backplane, next its history. Set it to noeviction, or give Redis more memory.")]
    public static partial void RecordEvicted(ILogger logger, string appName);
}
