#if NET
using System.Runtime.CompilerServices;
#endif
using RedisBackplane.Timing;
using StackExchange.Redis;

namespace RedisBackplane.Redis.Connection;

/// <summary>The deadline of a call, from <see cref="CallDeadlines"/>. Immutable.</summary>
/// <param name="over">Completes when the call is given up.</param>
internal readonly struct CallDeadline(Task over)
{
    /// <summary>Waits for a call of the client library.</summary>
    /// <exception cref="RedisTimeoutException">The call was given up. Redis may have run it, or may still.</exception>
#if NET
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
#endif
    public async ValueTask<T> ResultOf<T>(Task<T> call)
    {
        if (!call.IsCompleted && await Task.WhenAny(call, over).ConfigureAwait(false) != call)
        {
            throw GiveUp(call);
        }

        return await call.ConfigureAwait(false);
    }

    /// <inheritdoc cref="ResultOf"/>
    public async Task EndOf(Task call)
    {
        if (await Task.WhenAny(call, over).ConfigureAwait(false) != call)
        {
            throw GiveUp(call);
        }

        await call.ConfigureAwait(false);
    }

    private static RedisTimeoutException GiveUp(Task call)
    {
        call.IgnoreFailure();
        return new(
            "The client library has not ended the call, although its time has passed or a socket of its connection was closed.",
            CommandStatus.Unknown);
    }
}
