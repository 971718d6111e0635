using RedisBackplane.Redis.Connection;
using RedisBackplane.Redis.Scripts;
using RedisBackplane.Timing;

namespace RedisBackplane.Redis.Stream;

/// <summary>
/// Waits until enough replicas have what this connection wrote (Redis <c>WAIT</c>). There is one <c>WAIT</c> at a time,
/// shared by all callers that come before it begins: it answers for everything that was written before, and blocks the
/// connection for its duration. Thread-safe.
/// </summary>
/// <param name="replicas">How many replicas must have the writes; 0 for none.</param>
internal sealed class RedisReplicaBarrier(RedisConnection connection, RedisSlot slot, TimeProvider time, int replicas)
{
    // Short, because the connection carries nothing else in the meantime. If it fails a batch, the batch is sent again.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    private readonly object _gate = new();

    // Those who wait for the next WAIT. Each has a task of its own.
    private List<TaskCompletionSource<long>> _next = [];
    private bool _isWaiting;

    /// <summary>Completes when the replicas have what the caller has written.</summary>
    /// <param name="changes">
    /// The value of <see cref="RedisConnection.Changes"/> before the write. On another connection, <c>WAIT</c> says
    /// nothing about it.
    /// </param>
    /// <exception cref="BackplaneException">They do not have it, or that is not known.</exception>
    public async Task PassAsync(long changes)
    {
        if (replicas == 0)
        {
            return;
        }

        var reached = await Join().ConfigureAwait(false);
        if (reached < replicas)
        {
            throw new BackplaneException(
                $"Only {reached} of {replicas} replicas (WaitForReplicas) had the batch within {Timeout.TotalSeconds} s.");
        }

        if (changes != connection.Changes)
        {
            throw new BackplaneException("The connection changed before the replicas (WaitForReplicas) were known to have the batch.");
        }
    }

    private Task<long> Join()
    {
        var joined = new TaskCompletionSource<long>();
        lock (_gate)
        {
            if (_isWaiting)
            {
                _next.Add(joined);
                return joined.Task;
            }

            _isWaiting = true;
        }

        _ = WaitAsync([joined]);
        return joined.Task;
    }

    private async Task WaitAsync(List<TaskCompletionSource<long>> joined)
    {
        var wait = slot.WaitAsync(replicas, Timeout);
        await Task.WhenAny(wait).ConfigureAwait(false);
        List<TaskCompletionSource<long>> next;
        lock (_gate)
        {
            // A write from here on may be too late for the next wait.
            (next, _next) = (_next, []);
            _isWaiting = next.Count > 0;
        }

        if (next.Count > 0)
        {
            _ = WaitAsync(next);
        }

        // Whoever awaits a publish may continue on this thread, and must not delay the others.
        for (var i = 1; i < joined.Count; i++)
        {
            var other = joined[i];
            time.Run(() => CompleteAsync(other, wait));
        }

        await CompleteAsync(joined[0], wait).ConfigureAwait(false);
    }

    private static async Task CompleteAsync(TaskCompletionSource<long> joined, Task<long> wait)
    {
        try
        {
            joined.SetResult(await wait.ConfigureAwait(false));
        }
        catch (Exception exception)
        {
            joined.SetException(exception);
        }
    }
}
