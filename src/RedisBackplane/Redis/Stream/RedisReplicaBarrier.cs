using RedisBackplane.Redis.Connection;
using RedisBackplane.Redis.Scripts;

namespace RedisBackplane.Redis.Stream;

/// <summary>
/// Waits until enough replicas have what this connection wrote (Redis <c>WAIT</c>). There is one <c>WAIT</c> at a time,
/// shared by all callers that come before it begins: it answers for everything that was written before, and blocks the
/// connection for its duration. Thread-safe.
/// </summary>
/// <param name="replicas">How many replicas must have the writes; 0 for none.</param>
internal sealed class RedisReplicaBarrier(RedisConnection connection, RedisSlot slot, int replicas)
{
    // Short, because the connection carries nothing else in the meantime. If it fails a batch, the batch is sent again.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    private readonly object _gate = new();
    private Task<long> _last = Task.FromResult(0L);
    private Task<long>? _next;

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
        lock (_gate)
        {
            if (_next is not null)
            {
                return _next;
            }

            _last = _last.IsCompleted ? AskAsync() : _next = AskAfterAsync(_last);
            return _last;
        }
    }

    private async Task<long> AskAfterAsync(Task last)
    {
        // Never completes synchronously: the caller holds the lock, and has not stored this task as the next one yet.
        // (The last wait may have ended since the caller checked.)
        await Task.Yield();
        await Task.WhenAny(last).ConfigureAwait(false);
        lock (_gate)
        {
            // A write from here on may be too late for this wait.
            _next = null;
        }

        return await AskAsync().ConfigureAwait(false);
    }

    private Task<long> AskAsync() => slot.WaitAsync(replicas, Timeout);
}
