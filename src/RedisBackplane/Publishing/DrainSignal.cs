namespace RedisBackplane.Publishing;

/// <summary>Tells who waits for it that a queue has become empty. Not thread-safe: <see cref="Publisher"/> guards it.</summary>
internal sealed class DrainSignal
{
    private TaskCompletionSource<object?>? _waiting;

    /// <summary>Ends with the next <see cref="Set"/>.</summary>
    public Task Wait()
    {
        _waiting ??= new TaskCompletionSource<object?>(TaskCreationOptions.RunContinuationsAsynchronously);
        return _waiting.Task;
    }

    public void Set()
    {
        _waiting?.TrySetResult(null);
        _waiting = null;
    }
}
