namespace Chat;

/// <summary>
/// Runs the requests of one connection in order. SignalR runs the calls of a connection concurrently, and a person who
/// leaves a room while still entering it would remain in its list but not in its group. Thread-safe.
/// </summary>
public sealed class ConnectionTurns
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Task> _last = [];

    /// <summary>Runs an action after all earlier ones of its connection have ended.</summary>
    public async Task<T> RunAsync<T>(string connectionId, Func<Task<T>> action)
    {
        var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task before;
        lock (_lock)
        {
            before = _last.GetValueOrDefault(connectionId, Task.CompletedTask);
            _last[connectionId] = mine.Task;
        }

        await before;
        try
        {
            return await action();
        }
        finally
        {
            lock (_lock)
            {
                if (_last[connectionId] == mine.Task)
                {
                    _last.Remove(connectionId);
                }
            }

            mine.SetResult();
        }
    }
}
