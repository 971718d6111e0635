using RedisBackplane.Timing;

namespace RedisBackplane.Publishing;

/// <summary>Signals that a queue has become empty. Not thread-safe: <see cref="Publisher"/> guards it.</summary>
internal sealed class DrainSignal(TimeProvider time)
{
    private TaskCompletionSource<object?>? _waiting;

    /// <summary>Ends with the next <see cref="Set"/>.</summary>
    public Task Wait()
    {
        _waiting ??= new TaskCompletionSource<object?>();
        return _waiting.Task;
    }

    public void Set()
    {
        if (_waiting is { } waiting)
        {
            _waiting = null;
            time.Queue(() => waiting.TrySetResult(null));
        }
    }
}
