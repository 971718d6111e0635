using RedisBackplane.Timing;

namespace RedisBackplane.Publishing;

/// <summary>
/// The tasks of those who wait for a batch: one that its messages share, and one for each large message. Only their end
/// is thread-safe; <see cref="Publisher"/> guards the rest.
/// </summary>
internal sealed class BatchTasks
{
    private readonly BatchParts? _partOf;

    // A part has no tasks for large messages. It uses those of the whole, in which it begins at the offset.
    private readonly BatchTasks? _whole;
    private readonly int _offset;
    private TaskCompletionSource<object?>? _shared;
    private Dictionary<int, TaskCompletionSource<object?>>? _own;
    private int _isEnded;

    public BatchTasks()
    {
    }

    private BatchTasks(BatchParts partOf, BatchTasks whole, int offset)
    {
        _partOf = partOf;
        _whole = whole;
        _offset = offset;
    }

    /// <summary>The batch is a part of one that was too large.</summary>
    public bool ArePartial => _partOf is not null;

    /// <summary>The task that all messages share, except for large ones.</summary>
    /// <param name="hasOneCaller">
    /// Whether no second caller can get it. The callers of a shared batch must not wait for each other, so each
    /// continues on a thread of its own. A lone caller continues at once, which saves waking a thread.
    /// </param>
    public Task Shared(bool hasOneCaller) => SharedSource(hasOneCaller).Task;

    /// <summary>A task for one message.</summary>
    /// <param name="index">Its place in the batch.</param>
    public Task Own(int index)
    {
        var own = new TaskCompletionSource<object?>(TaskCreationOptions.RunContinuationsAsynchronously);
        (_own ??= []).Add(index, own);
        return own.Task;
    }

    /// <param name="offset">Where the part begins in this batch.</param>
    public BatchTasks Part(BatchParts parts, int offset) => new(parts, _whole ?? this, _offset + offset);

    /// <summary>
    /// Completes all. The lone caller may continue on this thread before the method returns, except if
    /// <paramref name="elsewhere"/> is set.
    /// </summary>
    /// <param name="count">How many messages the batch has.</param>
    /// <param name="elsewhere">Queues what must not continue on this thread, which may hold a lock.</param>
    public void Complete(int count, bool hasOneCaller, TimeProvider? elsewhere)
    {
        if (!TryEnd())
        {
            return;
        }

        var shared = SharedSource(hasOneCaller);
        if (elsewhere is not null && ContinuesAtOnce(shared))
        {
            elsewhere.Queue(() => shared.TrySetResult(null));
        }
        else
        {
            shared.TrySetResult(null);
        }

        EndOwn(null, 0, count);
        _whole?.EndOwn(null, _offset, count);
        _partOf?.End(null);
    }

    /// <summary>
    /// Fails all with the reason, in a moment. Callers continue on other threads: they may block, and must delay
    /// neither <c>Dispose</c> nor a timer.
    /// </summary>
    /// <param name="count">How many messages the batch has.</param>
    public void Fail(int count, bool hasOneCaller, Exception reason)
    {
        // From here on, an answer of Redis is too late, even if the task ends a moment later.
        if (!TryEnd())
        {
            return;
        }

        EndOwn(reason, 0, count);
        var shared = SharedSource(hasOneCaller);
        if (count == 1 && _whole is { } whole && whole.TryFailOwn(_offset, reason))
        {
            // The other messages of the batch are still sent.
            shared.TrySetResult(null);
            _partOf?.End(null);
            return;
        }

        if (ContinuesAtOnce(shared))
        {
            ThreadPool.UnsafeQueueUserWorkItem(_ => EndWith(shared, reason), null);
        }
        else
        {
            EndWith(shared, reason);
        }

        _partOf?.End(reason);
    }

    private TaskCompletionSource<object?> SharedSource(bool hasOneCaller) => _shared ??= new(
        hasOneCaller ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);

    private bool TryEnd() => Interlocked.Exchange(ref _isEnded, 1) == 0;

    private bool TryFailOwn(int index, Exception reason)
    {
        var own = _own is { } all && all.TryGetValue(index, out var found) ? found : null;
        if (own is not null)
        {
            EndWith(own, reason);
        }

        return own is not null;
    }

    // The tasks of large messages among some of the batch.
    private void EndOwn(Exception? reason, int from, int count)
    {
        if (_own is null)
        {
            return;
        }

        foreach (var own in _own)
        {
            if (own.Key < from || own.Key >= from + count)
            {
                continue;
            }

            if (reason is null)
            {
                own.Value.TrySetResult(null);
            }
            else
            {
                EndWith(own.Value, reason);
            }
        }
    }

    private static bool ContinuesAtOnce(TaskCompletionSource<object?> source) =>
        (source.Task.CreationOptions & TaskCreationOptions.RunContinuationsAsynchronously) == 0;

    private static void EndWith(TaskCompletionSource<object?> source, Exception reason)
    {
        source.TrySetException(reason);
        // Marks the exception as observed, for a caller that dropped its task.
        _ = source.Task.Exception;
    }
}
