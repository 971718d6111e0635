using Microsoft.AspNet.SignalR.Messaging;
using RedisBackplane.Telemetry;

namespace RedisBackplane.Publishing;

/// <summary>
/// The exceptions of a publish. They say what happened, in which backplane, how long it took, and the last error of
/// Redis.
/// </summary>
/// <param name="connectionError">Returns why there is no connection. Called if no send has failed.</param>
internal sealed class PublisherErrors(string appName, PublisherLimits limits, Func<Exception?> connectionError)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    public BackplaneException Disposed(Exception? last) =>
        new($"The backplane '{appName}' was disposed; the message was not sent.", last);

    public BackplaneException DisposedInFlight(Exception? last) =>
        new($"The backplane '{appName}' was disposed before Redis confirmed the message. It may have been delivered all the same.", last);

    public BackplaneException Away(Exception? lastSend)
    {
        var last = lastSend ?? connectionError();
        return new(
            $"Redis is away, and the backplane '{appName}' does not wait for it (QueuePolicy FailFast). The message was not sent."
            + Because(last),
            last);
    }

    public BackplaneTimeoutException TimedOut(Exception? lastSend)
    {
        var last = lastSend ?? connectionError();
        return new(
            $"The backplane '{appName}' could not store a message in Redis within "
            + FormattableString.Invariant($"{limits.PublishTimeout.TotalSeconds} s (PublishTimeout).")
            + " It may have been delivered all the same." + Because(last),
            last);
    }

    public BackplaneException OverLimit(Message message) =>
        new(
            $"A message of {Number(message.Value.Count)} bytes is larger than the backplane '{appName}' sends "
            + $"(MaxMessageBytes {Number(limits.MaxMessageBytes)}). It was not sent.");

    public BackplaneException OverQueue(Message message, QueueBudget budget) =>
        new(
            $"A message of {Number(message.Value.Count)} bytes has no room even in an empty send queue of the backplane '{appName}' "
            + $"(MaxQueueBytes {Number(budget.MaxBytes)}{(budget.IsShared ? ", an eighth of it free for other streams" : string.Empty)}). "
            + "It was not sent.");

    public BackplaneException TooLarge(int length, Exception? last) =>
        new(
            $"Redis, or something on the way to it, refuses a message of the backplane '{appName}' for its size of {Number(length)} "
            + "bytes: see proto-max-bulk-len and client-query-buffer-limit of Redis, and the limits of proxies; MaxMessageBytes should be "
            + $"below them. The message was not sent.{Because(last)}",
            last);

    public BackplaneQueueFullException Full(BatchQueue queue, Message message, Exception? last) =>
        new(
            $"The send queue of the backplane '{appName}' is full: "
            + FormattableString.Invariant($"{queue.Budget.Messages} messages (MaxQueueMessages {queue.Budget.MaxMessages}), ")
            + FormattableString.Invariant($"{queue.Budget.Bytes} bytes (MaxQueueBytes {queue.Budget.MaxBytes}). ")
            + FormattableString.Invariant($"A message of {message.Value.Count} bytes was not sent.")
            + (queue.Budget.IsShared
                ? FormattableString.Invariant($" {queue.Messages} messages wait for its stream, which must leave room for the others.")
                : string.Empty)
            + Because(last),
            last);

    public BackplaneQueueFullException Dropped(Exception? last) =>
        new(
            $"The message was dropped to make room in the full send queue of the backplane '{appName}' (QueuePolicy DropOldest)."
            + Because(last),
            last);

    /// <summary>Returns the failed task of a message that did not enter the queue.</summary>
    public static Task Failed(Exception reason)
    {
        var failed = Task.FromException(reason);
        // Marks the exception as observed, because hubs ignore the tasks of their calls.
        _ = failed.Exception;
        return failed;
    }

    /// <summary>Ends the tasks of batches that were given up.</summary>
    /// <returns>How many messages failed.</returns>
    public static int Fail(IEnumerable<Batch> batches, Exception reason) => Fail(batches, _ => reason);

    /// <inheritdoc cref="Fail(IEnumerable{Batch}, Exception)"/>
    public static int Fail(IEnumerable<Batch> batches, Func<Batch, Exception> reasonOf)
    {
        // The task of a batch that is sent again after a memory loss has ended.
        var failed = batches.Where(static batch => !batch.IsStored).ToList();
        foreach (var batch in failed)
        {
            batch.Fail(reasonOf(batch));
        }

        // For all of them, but not for the code that continues after them.
        SpinWait.SpinUntil(() => failed.TrueForAll(static batch => batch.Completion.IsCompleted), LongestWait);
        return failed.Sum(static batch => batch.Count);
    }

    private static string Number(long number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static string Because(Exception? last) => last is null ? string.Empty : $" Last error: {last.Text()}";
}
