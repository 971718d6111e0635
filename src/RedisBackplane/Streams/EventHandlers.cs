namespace RedisBackplane.Streams;

/// <summary>
/// Calls handlers of the bus's events outside of its locks and threads: each handler by itself, because it may take
/// long or throw, and each with one call at a time, in the order of the events. Thread-safe.
/// </summary>
/// <param name="onFailed">Receives what a handler throws. It must not throw itself.</param>
internal sealed class EventHandlers(Action<Exception> onFailed)
{
    // Those that are being called, and the calls that wait for it.
    private readonly Dictionary<Delegate, Queue<Action>> _busy = [];

    /// <summary>Raises an event whose handlers look at the state. One call that waits is enough for them.</summary>
    public void RaiseOnce<T>(T? handlers, Action<T> call)
        where T : Delegate => Raise(handlers, call, mayMerge: true);

    public void Raise<T>(T? handlers, Action<T> call)
        where T : Delegate => Raise(handlers, call, mayMerge: false);

    private void Raise<T>(T? handlers, Action<T> call, bool mayMerge)
        where T : Delegate
    {
        foreach (var handler in handlers?.GetInvocationList() ?? [])
        {
            lock (_busy)
            {
                if (_busy.TryGetValue(handler, out var waiting))
                {
                    if (!mayMerge || waiting.Count == 0)
                    {
                        waiting.Enqueue(() => call((T)handler));
                    }

                    continue;
                }

                _busy.Add(handler, new Queue<Action>([() => call((T)handler)]));
            }

            _ = Task.Run(() => CallAll(handler));
        }
    }

    private void CallAll(Delegate handler)
    {
        while (TakeNext(handler) is { } call)
        {
            try
            {
                call();
            }
            catch (Exception exception)
            {
                onFailed(exception);
            }
        }
    }

    private Action? TakeNext(Delegate handler)
    {
        lock (_busy)
        {
            var waiting = _busy[handler];
            if (waiting.Count > 0)
            {
                return waiting.Dequeue();
            }

            _busy.Remove(handler);
            return null;
        }
    }
}
