using RedisBackplane.Redis.Connection;
using RedisBackplane.Redis.Scripts;

namespace RedisBackplane.Redis.Stream;

/// <summary>
/// Waits until enough replicas have what this connection wrote (Redis <c>WAIT</c>). One <c>WAIT</c> at a time, shared
/// by all who come before it begins: it answers for everything that was written before, and holds up the connection for
/// as long as it lasts. Thread-safe.
/// </summary>
/// <param name="connection">Where the writes go.</param>
/// <param name="slot">What they write to.</param>
/// <param name="replicas">How many must have the writes; 0 waits for none.</param>
internal sealed class RedisReplicaBarrier(RedisConnection connection, RedisSlot slot, int replicas)
{
    // Short, because the connection carries nothing else meanwhile; a batch that it fails goes again.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    private readonly object _gate = new();
    private readonly RedisConnection _connection = connection;
    private readonly RedisSlot _slot = slot;
    private readonly int _replicas = replicas;
    private Task<long> _last = Task.FromResult(0L);
    private Task<long>? _next;

    /// <summary>Passes when the replicas have what the caller has written.</summary>
    /// <param name="changes">
    /// <see cref="RedisConnection.Changes"/> before the write: on another connection, <c>WAIT</c> says nothing about
    /// it.
    /// </param>
    /// <exception cref="BackplaneException">They have not, or it is not known.</exception>
    public async Task PassAsync(long changes)
    {
        if (_replicas == 0)
        {
            return;
        }

        var reached = await Join().ConfigureAwait(false);
        if (reached < _replicas)
        {
            throw new BackplaneException(
                $"Only {reached} of {_replicas} replicas (WaitForReplicas) had the batch within {Timeout.TotalSeconds} s.");
        }

        if (changes != _connection.Changes)
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
        // Never at once: the caller holds the lock and has not stored this task as the next one yet. (The last wait may
        // have ended since the caller looked.)
        await Task.Yield();
        await Task.WhenAny(last).ConfigureAwait(false);
        lock (_gate)
        {
            // A write from here on may be too late for this wait.
            _next = null;
        }

        return await AskAsync().ConfigureAwait(false);
    }

    private Task<long> AskAsync() => _slot.WaitAsync(_replicas, Timeout);
}
