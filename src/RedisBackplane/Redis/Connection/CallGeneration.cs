namespace RedisBackplane.Redis.Connection;

/// <summary>Calls that share a deadline, and are given up together. Thread-safe.</summary>
internal sealed class CallGeneration(long endsAt)
{
    private readonly object _gate = new();
    private readonly TaskCompletionSource<object?> _over = new();
    private readonly List<IBoundedCall> _calls = [];
    private bool _isOver;

    /// <summary>Completes when the calls are given up.</summary>
    public Task Over => _over.Task;

    /// <summary>The timestamp at which the calls are given up. Belongs to <see cref="CallDeadlines"/>.</summary>
    public long EndsAt { get; set; } = endsAt;

    /// <summary>A call begins.</summary>
    /// <returns>Whether it was added; false if the generation is over.</returns>
    public bool TryAdd(IBoundedCall call)
    {
        lock (_gate)
        {
            if (_isOver)
            {
                return false;
            }

            call.Index = _calls.Count;
            _calls.Add(call);
            return true;
        }
    }

    /// <summary>A call has ended. It was either removed or given up, and not both.</summary>
    /// <returns>Whether it was removed.</returns>
    public bool TryRemove(IBoundedCall call)
    {
        lock (_gate)
        {
            if (_isOver)
            {
                return false;
            }

            var last = _calls[_calls.Count - 1];
            _calls[call.Index] = last;
            last.Index = call.Index;
            _calls.RemoveAt(_calls.Count - 1);
            return true;
        }
    }

    public void End()
    {
        lock (_gate)
        {
            _isOver = true;
        }

        _over.TrySetResult(null);
        _calls.ForEach(static call => call.GiveUp());
        _calls.Clear();
    }
}

/// <summary>A call of a <see cref="CallGeneration"/>.</summary>
internal interface IBoundedCall
{
    /// <summary>The place of the call in its generation, which alone sets it.</summary>
    int Index { get; set; }

    void GiveUp();
}
