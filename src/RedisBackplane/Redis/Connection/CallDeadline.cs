using RedisBackplane.Timing;
using StackExchange.Redis;

namespace RedisBackplane.Redis.Connection;

/// <summary>The deadline of a call, from <see cref="CallDeadlines"/>. Immutable.</summary>
internal readonly struct CallDeadline(CallGeneration generation)
{
    /// <summary>Waits for a call of the client library. Await the result once.</summary>
    /// <exception cref="RedisTimeoutException">The call was given up. Redis may have run it, or may still.</exception>
#if NET
    public ValueTask<T> ResultOf<T>(Task<T> call) => call.IsCompleted ? new(call) : BoundedCall<T>.Begin(call, generation);
#else
    public async ValueTask<T> ResultOf<T>(Task<T> call)
    {
        await EndOf(call).ConfigureAwait(false);
        return await call.ConfigureAwait(false);
    }
#endif

    /// <inheritdoc cref="ResultOf"/>
    public async Task EndOf(Task call)
    {
        if (await Task.WhenAny(call, generation.Over).ConfigureAwait(false) != call)
        {
            throw GiveUp(call);
        }

        await call.ConfigureAwait(false);
    }

    /// <returns>The exception of a call that is given up.</returns>
    internal static RedisTimeoutException GiveUp(Task call)
    {
        call.IgnoreFailure();
        return new(
            "The client library has not ended the call, although its time has passed or a socket of its connection was closed.",
            CommandStatus.Unknown);
    }
}
