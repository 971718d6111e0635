using Microsoft.AspNet.SignalR.Messaging;

namespace RedisBackplane.Delivery.Subscriptions;

/// <summary>
/// Passes the messages of a subscription to its client, and knows whether the client has taken the last ones.
/// </summary>
/// <param name="state">What the callback receives.</param>
internal sealed class ClientCallback(Func<MessageResult, object, Task<bool>> callback, object? state)
{
    private Task? _pending;

    /// <summary>Whether the client has not yet taken the last messages.</summary>
    public bool IsPending => Volatile.Read(ref _pending) is { IsCompleted: false };

    public Task<bool> Invoke(MessageResult result)
    {
        var taken = callback(result, state!);
        if (!taken.IsCompleted)
        {
            Volatile.Write(ref _pending, taken);
        }
        else if (_pending is not null)
        {
            _pending = null;
        }

        return taken;
    }
}
