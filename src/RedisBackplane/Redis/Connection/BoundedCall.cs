#if NET
using System.Collections.Concurrent;
using System.Threading.Tasks.Sources;

namespace RedisBackplane.Redis.Connection;

/// <summary>
/// Waits for a call of the client library or for its deadline. Each batch has one such wait, so these objects are used
/// again: with <see cref="Task.WhenAny(Task, Task)"/>, publishing costs a tenth more CPU.
/// </summary>
internal sealed class BoundedCall<T> : IBoundedCall, IValueTaskSource<T>
{
    private const int MostKept = 256;

    private static readonly ConcurrentQueue<BoundedCall<T>> Kept = new();

    private readonly Action _onEnded;
    private ManualResetValueTaskSourceCore<T> _source;
    private CallGeneration? _generation;
    private Task<T>? _call;
    private bool _isGivenUp;

    private BoundedCall() => _onEnded = OnEnded;

    public int Index { get; set; }

    /// <returns>The result of the call, to be awaited once.</returns>
    public static ValueTask<T> Begin(Task<T> call, CallGeneration generation)
    {
        var bounded = Kept.TryDequeue(out var kept) ? kept : new BoundedCall<T>();
        (bounded._call, bounded._generation) = (call, generation);
        if (!generation.TryAdd(bounded))
        {
            return ValueTask.FromException<T>(CallDeadline.GiveUp(call));
        }

        // From here on, the call may end, and this object may serve another one after the result was taken.
        var result = new ValueTask<T>(bounded, bounded._source.Version);
        call.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(bounded._onEnded);
        return result;
    }

    void IBoundedCall.GiveUp()
    {
        _isGivenUp = true;
        _source.SetException(CallDeadline.GiveUp(_call!));
    }

    T IValueTaskSource<T>.GetResult(short token)
    {
        try
        {
            return _source.GetResult(token);
        }
        finally
        {
            // What was given up is not used again, because its call may still end.
            if (!_isGivenUp)
            {
                _source.Reset();
                (_call, _generation) = (null, null);
                if (Kept.Count < MostKept)
                {
                    Kept.Enqueue(this);
                }
            }
        }
    }

    ValueTaskSourceStatus IValueTaskSource<T>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<T>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private void OnEnded()
    {
        if (!_generation!.TryRemove(this))
        {
            return;
        }

        var call = _call!;
        if (call.IsCompletedSuccessfully)
        {
#pragma warning disable VSTHRD002 // It has ended.
            _source.SetResult(call.Result);
#pragma warning restore VSTHRD002
        }
        else
        {
            _source.SetException(call.Exception?.InnerException ?? new TaskCanceledException(call));
        }
    }
}
#endif
